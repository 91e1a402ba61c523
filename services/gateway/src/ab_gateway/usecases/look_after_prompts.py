"""What administrators see of prompt templates, and change of them."""

from __future__ import annotations

from ab_shared.contracts import http_prompts, prompts
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting_prompts
from ab_gateway.domain.roles import Administrator
from ab_gateway.usecases.write_affirmations import WRITING_SECONDS


class LookAfterPrompts:
    """Session does the deed and tells the trail who asked for it."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def every(self) -> http_prompts.AiSourcesOut:
        """Every template, and who writes."""
        return presenting_prompts.sources(await self._services.call(prompts.ListPrompts()))

    async def one(self, key: str) -> http_prompts.AiSourceVersionsOut:
        """A template with its versions; NotFound for a key that no writer uses."""
        return await self._shown(prompts.GetPrompt(key=key))

    async def add(
        self, by: Administrator, key: str, given: http_prompts.PromptVersionIn
    ) -> http_prompts.AiSourceVersionsOut:
        """Keeps a text as a draft."""
        deed = prompts.AddPromptVersion(
            key=key,
            text=given.text,
            note=given.note,
            actor=by.user_id,
            actor_kind="admin",
            reason=given.reason,
        )
        return await self._shown(deed)

    async def activate(
        self, by: Administrator, key: str, version: int, reason: str | None
    ) -> http_prompts.AiSourceVersionsOut:
        """Gives a version to everybody."""
        deed = prompts.ActivatePrompt(
            key=key, version=version, actor=by.user_id, actor_kind="admin", reason=reason
        )
        return await self._shown(deed)

    async def roll_out(
        self, by: Administrator, key: str, version: int, given: http_prompts.RolloutIn
    ) -> http_prompts.AiSourceVersionsOut:
        """Gives a version to a share of the users."""
        deed = prompts.RollOutPrompt(
            key=key,
            version=version,
            percent=given.percent,
            actor=by.user_id,
            actor_kind="admin",
            reason=given.reason,
        )
        return await self._shown(deed)

    async def preview(
        self, key: str, given: http_prompts.PromptPreviewIn
    ) -> http_prompts.PromptPreviewOut:
        """What a template comes to; where a model writes, as long as that takes."""
        request = prompts.PreviewPrompt(
            key=key,
            version=given.version,
            text=given.text,
            write=given.write,
            session_type=given.session_type or "",
            struggle=given.struggle or "",
            goal=given.goal or "",
            count=given.count,
        )
        return presenting_prompts.preview(
            await self._services.call(request, timeout=WRITING_SECONDS)
        )

    async def _shown(
        self, request: prompts.GetPrompt | prompts.PromptDeed
    ) -> http_prompts.AiSourceVersionsOut:
        return presenting_prompts.versions(await self._services.call(request))

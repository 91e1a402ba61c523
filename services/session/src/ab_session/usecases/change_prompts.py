"""Changes which texts models are told, by administrators and for all or some of the users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ab_shared.contracts import prompts as contract
from ab_shared.contracts.audit import ActorKind, Details
from ab_shared.errors import Conflict, ValidationFailed
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_session.domain.prompts import (
    SHIPPED,
    PromptVersion,
    Template,
    activated,
    active,
    on_trial,
    rolled_out,
    template_of,
    text_complaints,
)
from ab_session.ports import Store, Unit
from ab_session.usecases.show_prompts import shown

MOST_VERSIONS = 1000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, and why."""

    name: str
    kind: ActorKind
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChangePrompts:
    """Each deed and its entry for the audit trail are one transaction; again it does nothing."""

    store: Store
    clock: Clock

    async def add(self, request: contract.AddPromptVersion) -> contract.Prompt:
        """Keeps a text as a draft; the newest version with the same text is it already.

        Raises:
            NotFound: no writer uses this key.
            ValidationFailed: the text breaks a rule of its template.
            Conflict: there are too many versions.
        """
        template, text = template_of(request.key), request.text.strip()
        complaints = text_complaints(template, text)
        if complaints:
            raise ValidationFailed(
                "The text breaks the rules of its template", details={"text": "; ".join(complaints)}
            )
        async with self.store.begin() as unit:
            versions = await unit.prompts.hold(request.key)
            if not versions or versions[0].text != text:
                await self._add(unit, versions, template, text, _actor(request), request.note)
            return shown(template, await unit.prompts.hold(request.key))

    async def activate(self, request: contract.ActivatePrompt) -> contract.Prompt:
        """Gives a version to everybody; NotFound where there is none."""
        template = template_of(request.key)
        async with self.store.begin() as unit:
            versions = await unit.prompts.hold(request.key)
            changed = activated(versions, request.version)
            await _change(unit, versions, changed, "prompt.activate", _actor(request))
            return shown(template, await unit.prompts.hold(request.key))

    async def roll_out(self, request: contract.RollOutPrompt) -> contract.Prompt:
        """Gives a version to a share of the users; Conflict as the rules of trials say."""
        template = template_of(request.key)
        async with self.store.begin() as unit:
            versions = await unit.prompts.hold(request.key)
            changed = rolled_out(versions, request.version, request.percent)
            await _change(unit, versions, changed, "prompt.roll_out", _actor(request))
            return shown(template, await unit.prompts.hold(request.key))

    async def seed(self, texts: Mapping[str, str]) -> None:
        """Keeps what comes with the service; active where nobody chose otherwise.

        A text that was kept once is left alone, so that an older release beside a newer one does
        not bring its own back.
        """
        by = Actor("session", "service", "comes with the service")
        for key, text in texts.items():
            async with self.store.begin() as unit:
                versions = await unit.prompts.hold(key)
                if any(one.text == text for one in versions):
                    continue
                await self._add(unit, versions, template_of(key), text, by, None)
                current = active(versions)
                if current is None or current.created_by == SHIPPED:
                    versions = await unit.prompts.hold(key)
                    changed = activated(versions, versions[0].number)
                    await _change(unit, versions, changed, "prompt.activate", by)

    async def _add(
        self,
        unit: Unit,
        versions: Sequence[PromptVersion],
        template: Template,
        text: str,
        by: Actor,
        note: str | None,
    ) -> None:
        if len(versions) >= MOST_VERSIONS:
            raise Conflict(f"A template keeps {MOST_VERSIONS} versions at most")
        number = versions[0].number + 1 if versions else 1
        author = SHIPPED if by.kind == "service" else by.name
        await unit.prompts.add(
            PromptVersion(template.key, number, text, author, self.clock(), note=note)
        )
        told: Details = {
            "version": number,
            "characters": len(text),
            "sha256": sha256(text.encode()).hexdigest(),
        }
        await _tell(unit, "prompt.add", template.key, by, None, told)


async def _change(
    unit: Unit,
    before: Sequence[PromptVersion],
    changed: Sequence[PromptVersion],
    action: str,
    by: Actor,
) -> None:
    if not changed:
        return
    await unit.prompts.save(changed)
    numbers = {one.number: one for one in changed}
    after = [numbers.get(one.number, one) for one in before]
    await _tell(unit, action, changed[0].key, by, _standing(before), _standing(after))


def _standing(versions: Sequence[PromptVersion]) -> Details:
    """Who is given what, in as few fields as tell it."""
    current, trial = active(versions), on_trial(versions)
    return {
        "active": current.number if current else None,
        "trial": trial.number if trial else None,
        "rollout_percent": trial.percent if trial else 0,
    }


async def _tell(
    unit: Unit, action: str, key: str, by: Actor, before: Details | None, after: Details
) -> None:
    entry = audited(
        action, f"prompt:{key}", by.name, by.kind, before=before, after=after, reason=by.reason
    )
    await unit.send(entry)


def _actor(request: contract.PromptDeed) -> Actor:
    return Actor(request.actor, request.actor_kind, request.reason)

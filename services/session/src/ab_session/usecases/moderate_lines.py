"""Finds out whether texts may be read aloud: asks for each only once, however often it comes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.clock import Clock

from ab_session.domain.moderation.verdict import (
    BUILTIN,
    Status,
    Verdict,
    exact_address,
    text_address,
    unavailable,
)
from ab_session.domain.moderation.word_list import WordList
from ab_session.moderation_ports import Judged, Moderator
from ab_session.ports import Store
from ab_session.usecases.moderation_metrics import DECISIONS, REUSED

ASK_AGAIN_AFTER = timedelta(seconds=30)
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class ModerateLines:
    """What a person decided comes first, then the built-in list, then whoever is asked outside.

    The list costs nothing and is asked anew each time, so that a better list is heeded at once;
    what it rejects is told to nobody. ``key`` is the deployment's key for content addresses.
    """

    store: Store
    words: WordList
    vendor: Moderator | None
    key: bytes
    clock: Clock

    def address(self, text: str) -> str:
        """What a text is remembered by."""
        return text_address(self.key, text)

    async def __call__(self, texts: Sequence[str]) -> tuple[Verdict, ...]:
        """One verdict a text; pending where nobody could be asked, which raises nothing."""
        addresses = {text: self.address(text) for text in texts}
        known = await self._known(addresses)
        found: dict[str, Verdict] = {}
        to_ask: dict[str, str] = {}
        for text, address in addresses.items():
            verdict = self._here(text, known.get(address))
            if verdict is None:
                to_ask.setdefault(address, text)
            else:
                found[text] = verdict
        asked = await self._asked(to_ask)
        found = {text: found.get(text) or asked[address] for text, address in addresses.items()}
        await self._record(_strictest(found, addresses), known)
        return tuple(found[text] for text in texts)

    async def _known(self, addresses: Mapping[str, str]) -> dict[str, Judged]:
        """By address; what people decided before spellings were folded holds for that spelling."""
        exact = {text: exact_address(self.key, text) for text in addresses}
        async with self.store.begin() as unit:
            kept = await unit.moderation.known({*addresses.values(), *exact.values()})
        known = {address: kept[address] for address in addresses.values() if address in kept}
        for text, address in addresses.items():
            before = kept.get(exact[text])
            now = known.get(address)
            if before is not None and before.decided_by and not (now and now.decided_by):
                known[address] = before
        return known

    def _here(self, text: str, known: Judged | None) -> Verdict | None:
        """What can be said without asking anybody."""
        if known is not None and known.decided_by is not None:
            REUSED.inc()
            return known.verdict
        listed = self.words.judge(text)
        if listed.status is Status.REJECTED:
            return listed
        settled = known is not None and not known.verdict.waits_for_vendor
        if known is not None and settled and known.verdict.provider != BUILTIN:
            REUSED.inc()
            return known.verdict
        return listed if self.vendor is None else None

    async def _asked(self, texts: Mapping[str, str]) -> dict[str, Verdict]:
        if not texts or self.vendor is None:
            return {}
        try:
            verdicts = await self.vendor.judge(list(texts.values()))
        except DependencyUnavailable as error:
            logger.warning("Lines are pending: nobody checks them", extra={"why": error.message})
            verdicts = (unavailable(self.vendor.name),) * len(texts)
        return dict(zip(texts, verdicts, strict=True))

    async def _record(self, found: Mapping[str, Verdict], known: Mapping[str, Judged]) -> None:
        new = {
            address: verdict
            for address, verdict in found.items()
            if address not in known or known[address].verdict != verdict
        }
        for verdict in new.values():
            DECISIONS.labels(verdict.provider, verdict.status.value).inc()
        # The list's own approvals are written with the session, where there comes to be one; but
        # what an older list rejected would block that session.
        kept = {
            address: verdict
            for address, verdict in new.items()
            if verdict.provider != BUILTIN
            or verdict.status is Status.REJECTED
            or (address in known and known[address].verdict.provider == BUILTIN)
        }
        if kept:
            at = self.clock()
            async with self.store.begin() as unit:
                await unit.moderation.record(kept, at, due_at=at + ASK_AGAIN_AFTER)


def _strictest(found: Mapping[str, Verdict], addresses: Mapping[str, str]) -> dict[str, Verdict]:
    """One verdict an address: that of a spelling that is rejected, where there is one."""
    kept: dict[str, Verdict] = {}
    for text, verdict in found.items():
        if verdict.status is Status.REJECTED or addresses[text] not in kept:
            kept[addresses[text]] = verdict
    return kept

"""What the caller tells of themselves."""

from __future__ import annotations

from ab_shared.contracts import http_selves as wire
from ab_shared.contracts import selves
from ab_shared.contracts.preferences import migrated
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.presenting_self import preferences_out, values_out


class LookAfterSelf:
    """Asks the session service; nothing of it is kept here."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def values(self, caller: Identity) -> wire.ValuesOut:
        """What they hold dear."""
        kept = await self._services.call(selves.GetValues(user_id=caller.user_id))
        return values_out(caller.user_id, kept)

    async def save_values(self, caller: Identity, wanted: wire.ValuesIn) -> wire.ValuesSavedOut:
        """Replaces them; ValidationFailed for an id or a rank that comes twice."""
        given = tuple(
            selves.GivenValue(**value.model_dump(by_alias=False)) for value in wanted.values
        )
        request = selves.SaveValues(user_id=caller.user_id, values=given)
        kept = await self._services.call(request)
        return wire.ValuesSavedOut(count=len(kept.values))

    async def struggle(self, caller: Identity) -> wire.StruggleOut:
        """What stands in their way."""
        kept = await self._services.call(selves.GetStruggle(user_id=caller.user_id))
        return wire.StruggleOut(struggle=kept.struggle)

    async def save_struggle(
        self, caller: Identity, wanted: wire.StruggleIn
    ) -> wire.StruggleSavedOut:
        """Keeps it."""
        request = selves.SaveStruggle(user_id=caller.user_id, struggle=wanted.struggle)
        kept = await self._services.call(request)
        return wire.StruggleSavedOut(struggle=kept.struggle)

    async def preferences(self, caller: Identity) -> tuple[wire.PreferencesV3, str]:
        """How they like to listen, and the tag of it."""
        kept = await self._services.call(selves.GetPreferences(user_id=caller.user_id))
        return preferences_out(kept)

    async def save_preferences(
        self, caller: Identity, wanted: wire.PreferencesIn, only_if: str | None
    ) -> tuple[wire.PreferencesV3, str]:
        """What is kept now; Conflict where ``only_if`` names what is kept no more."""
        said = wanted.model_dump(mode="json", by_alias=True)
        request = selves.SavePreferences(
            user_id=caller.user_id, preferences=migrated(said), only_if=only_if
        )
        return preferences_out(await self._services.call(request))

    async def curation(self, caller: Identity) -> wire.KeptCurationPreferencesOut:
        """What they want to be shown."""
        request = selves.GetCurationPreferences(user_id=caller.user_id)
        kept = (await self._services.call(request)).preferences
        if kept is None:
            return wire.KeptCurationPreferencesOut(preferences=None)
        said = wire.CurationPreferencesOut(**kept.model_dump())
        return wire.KeptCurationPreferencesOut(preferences=said)

    async def save_curation(
        self, caller: Identity, wanted: wire.CurationPreferencesIn
    ) -> wire.SavedOut:
        """Keeps it."""
        said = selves.CurationPreferences(
            primary_goal=wanted.primary_goal,
            voice_preference=wanted.voice_preference,
            sound_preference=wanted.sound_preference,
        )
        request = selves.SaveCurationPreferences(user_id=caller.user_id, preferences=said)
        await self._services.call(request)
        return wire.SavedOut()

"""What services tell of a listener, as the app reads it."""

from __future__ import annotations

from ab_shared.contracts import http_selves as wire
from ab_shared.contracts.preferences import on_the_wire
from ab_shared.contracts.selves import KeptPreferences, ListenerValues, tag_of


def values_out(user_id: str, kept: ListenerValues) -> wire.ValuesOut:
    """A listener's values."""
    rows = (wire.ValueOut(user_id=user_id, **value.model_dump()) for value in kept.values)
    return wire.ValuesOut(values=list(rows))


def preferences_out(kept: KeptPreferences) -> tuple[wire.PreferencesV3, str]:
    """Preferences, and the tag that a later write may name them by."""
    body = wire.PreferencesV3.model_validate(on_the_wire(kept.preferences))
    return body, tag_of(kept.preferences)

"""What only this service tells apart."""

from __future__ import annotations

from ab_shared.errors import DependencyUnavailable, Overloaded, PermanentError


class ProviderUnavailable(DependencyUnavailable):
    """The speech provider does not answer, answers no sound, or is left alone for a while."""


class ProviderClosed(ProviderUnavailable):
    """The provider will not answer for long: no quota, no valid key, or left alone for a while."""


class NoSlot(Overloaded):
    """The provider had no slot for a call in time: says nothing of whether it works."""


class VoiceGone(PermanentError):
    """The provider does not have this voice or model any more."""


class ProviderNotHere(PermanentError):
    """A recipe of a provider that is not at work here."""

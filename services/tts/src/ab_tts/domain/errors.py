"""What only this service tells apart."""

from __future__ import annotations

from ab_shared.errors import DependencyUnavailable


class ProviderUnavailable(DependencyUnavailable):
    """The speech provider does not answer, answers no sound, or is left alone for a while."""

"""The figures that this folder's tests come by, for whoever asks for all of them at once."""

from __future__ import annotations

KEPT: dict[str, object] = {}

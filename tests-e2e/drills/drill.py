"""What a drill is: a fault that is really there, and the alert that has to tell of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from drills.stage import Stage


class Fault(Protocol):
    """Something that can be broken and mended again; mending what is whole does no harm."""

    async def break_it(self) -> None:
        """The fault is there when this returns, and stays until mended."""
        ...

    async def mend_it(self) -> None:
        """The fault is gone when this returns, and so is what it left behind."""
        ...

    async def owed(self) -> Mapping[str, int]:
        """What the fault itself has asked for and is not done yet, by name: nothing may be left."""
        ...


@dataclass(frozen=True)
class Drill:
    """``alert`` with these ``labels`` has to fire; ``own_stack``: how that is started matters."""

    name: str
    about: str
    alert: str
    fault: Callable[[Stage], Fault]
    labels: Mapping[str, str] = field(default_factory=dict)
    own_stack: bool = False


@dataclass
class Verdict:
    """What came of a drill; seconds are None for what did not happen in time."""

    drill: str
    alert: str
    fired_after_s: float | None = None
    resolved_after_s: float | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    also_fired: list[str] = field(default_factory=list)
    asked: int = 0
    ready: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    seconds: float = 0.0
    trouble: str | None = None

    @property
    def fired(self) -> bool:
        """Whether the alert came."""
        return self.fired_after_s is not None

    @property
    def passed(self) -> bool:
        """Whether it came, went again, and nothing that was asked for is missing."""
        whole = self.fired and self.resolved_after_s is not None and self.trouble is None
        return whole and not self.lost and self.asked > 0

    def figures(self) -> dict[str, Any]:
        """As one object for programs."""
        return {**vars(self), "lost": len(self.lost), "fired": self.fired, "passed": self.passed}

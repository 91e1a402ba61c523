"""What the supervisor needs from a part of the infrastructure."""

from typing import Protocol

from ab_local.child import ChildSpec


class PartFailedError(RuntimeError):
    """A part couldn't be prepared or set up."""


class Part(Protocol):
    """One server, perhaps of several processes."""

    name: str

    def prepare(self) -> None:
        """Make the folders and files the processes need; blocking, safe to do again."""

    def children(self) -> list[ChildSpec]:
        """Return the processes in the order they have to start."""

    async def provision(self) -> None:
        """Create what the services expect inside; the part is ready, safe to do again."""

    def tidy(self) -> None:
        """Remove what the stopped processes leave outside the instance's folder."""

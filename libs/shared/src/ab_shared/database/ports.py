"""What a use case sees of a transaction: no SQL, only messages that leave if it commits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from ab_shared.contracts.base import Message

UnitT_co = TypeVar("UnitT_co", bound="UnitOfWork", covariant=True)


class UnitOfWork(Protocol):
    """An open transaction."""

    async def send(self, message: Message, *, message_id: str | None = None) -> None:
        """Lets a command or an event leave if and when the transaction commits.

        Give ``message_id`` where the same effect may be sent again and must stay one message.
        """
        ...

    async def first_time(self, consumer: str) -> bool:
        """Whether ``consumer`` sees the current message for the first time.

        The answer is kept only if the transaction commits; True outside any message.
        """
        ...

    def afterwards(self, act: Callable[[], None]) -> None:
        """Does ``act`` once the transaction has committed, never if it fails: what is counted."""
        ...


class UnitsOfWork(Protocol[UnitT_co]):
    """Opens transactions: commits at the end of the block, rolls back on an error in it."""

    def begin(self) -> AbstractAsyncContextManager[UnitT_co]:
        """``async with transactions.begin() as transaction: ...``."""
        ...

"""The life of a row of the outbox, as rules without a database or a broker.

A row waits until the broker has confirmed it; then it is gone. What fails for want of a broker, or
of room in a queue, waits without counting: that may last. What fails for a reason of its own is
tried ever more rarely, and when its budget is spent it is parked: it leaves for the dead letters,
with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ab_shared.errors import DependencyUnavailable, PermanentError, TransientError, Unroutable

OUTAGE_RETRY_SECONDS = 1.0
BUSY_RETRY_SECONDS = 5.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.25, 30.0
# Seven minutes: in a rolling release an old process may meet a message that only a new one knows.
REFUSED_BUDGET = 20
# An hour: somebody may be about to declare the missing queue.
STRANDED_BUDGET = 120


class State(StrEnum):
    """Where a row is; ``SENT`` and ``PARKED`` rows are no longer in the table."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"


class Fault(StrEnum):
    """Why an attempt failed, as far as it decides what comes next."""

    AWAY = "away"  # no broker: costs nothing, whatever the number
    BUSY = "busy"  # a full queue, a late confirm: time mends it, it costs nothing either
    STRANDED = "stranded"  # nobody has a queue for it, or nobody knows why
    REFUSED = "refused"  # its contract forbids it, or it cannot be read


BUDGETS = {Fault.STRANDED: STRANDED_BUDGET, Fault.REFUSED: REFUSED_BUDGET}


def fault_of(error: Exception) -> Fault:
    """What an error of publishing means for its row."""
    if isinstance(error, DependencyUnavailable):
        return Fault.AWAY
    if isinstance(error, TransientError) and not isinstance(error, Unroutable):
        return Fault.BUSY
    return Fault.REFUSED if isinstance(error, PermanentError | ValueError) else Fault.STRANDED


def retry_seconds(attempts: int) -> float:
    """How long a row that failed waits before its next attempt: doubling, from 0.25 to 30 s."""
    doublings = float(1 << min(attempts, 10))
    return min(FIRST_RETRY_SECONDS * doublings, LONGEST_RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A row: ``attempts`` failed for reasons of its own; the next is due in ``wait`` seconds."""

    state: State = State.WAITING
    attempts: int = 0
    wait: float = 0.0

    def confirmed(self) -> OutboxRow:
        """The broker has it."""
        return self._left(State.SENT)

    def parked(self) -> OutboxRow:
        """It lies among the dead letters."""
        return self._left(State.PARKED)

    def failed(self, fault: Fault) -> OutboxRow:
        """One more attempt has failed; ``spent`` says whether it was the last."""
        self._require_waiting()
        if fault not in BUDGETS:
            # Counted, it would eat the patience that a later fault of the row's own is due.
            pause = OUTAGE_RETRY_SECONDS if fault is Fault.AWAY else BUSY_RETRY_SECONDS
            return OutboxRow(State.WAITING, self.attempts, pause)
        return OutboxRow(State.WAITING, self.attempts + 1, retry_seconds(self.attempts))

    def spent(self, fault: Fault) -> bool:
        """Whether failing so once more ends its patience; then it is to be parked."""
        return fault in BUDGETS and self.attempts + 1 >= BUDGETS[fault]

    def _left(self, state: State) -> OutboxRow:
        self._require_waiting()
        return OutboxRow(state, self.attempts)

    def _require_waiting(self) -> None:
        if self.state is not State.WAITING:
            raise ValueError(f"a row that is {self.state} has left the outbox")

"""How long somebody has to wait after wrong passwords.

Tries are counted in two books. At a *known* place (a network from which this account has been
signed in to before) only that place's own tries count. Everywhere else all tries share one book of
the account. So whoever guesses from elsewhere makes elsewhere wait, but not the owner at home;
and a wait is never longer than a quarter of an hour, so that nobody is locked out for good.
An account that does not exist has books like any other: the answer tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# Typing a password wrong a few times is human (NIST SP 800-63B asks for no more than 100 in a row).
FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
# Doubling 5 s seven times is past a quarter of an hour; the exponent must not grow for ever.
MOST_DOUBLINGS = 8
FORGOTTEN_AFTER = timedelta(hours=24)
KNOWN_FOR = timedelta(days=90)
MOST_KNOWN_PLACES = 20


@dataclass(frozen=True, slots=True)
class Tries:
    """One book: wrong passwords in a row, and until when the next try has to wait.

    ``user_id`` is whose password was right there last; when they go, their books go.
    """

    failures: int = 0
    wait_until: datetime | None = None
    succeeded_at: datetime | None = None
    touched_at: datetime | None = None
    user_id: str | None = None

    def seconds_to_wait(self, now: datetime) -> int:
        """Whole seconds until the next try is looked at; 0 when it is at once."""
        if self.wait_until is None or self.wait_until <= now:
            return 0
        return max(1, -int((now - self.wait_until).total_seconds() // 1))

    def begun(self, now: datetime) -> Tries:
        """The book with one more try in it, which counts as wrong until it turns out right.

        Written before the password is looked at, so that tries made at once count one by one.
        """
        failures = 1 if self._stale(now) else self.failures + 1
        over = failures - FREE_FAILURES
        wait = FIRST_WAIT * 2 ** min(over, MOST_DOUBLINGS) if over >= 0 else None
        until = now + min(wait, LONGEST_WAIT) if wait else None
        return replace(self, failures=failures, wait_until=until, touched_at=now)

    def right(self, now: datetime, user_id: str | None = None) -> Tries:
        """The book after a right password."""
        return Tries(0, None, succeeded_at=now, touched_at=now, user_id=user_id)

    def withdrawn(self) -> Tries:
        """The book after a try that was not decided, because the service could not."""
        return replace(self, failures=max(0, self.failures - 1), wait_until=None)

    def known(self, now: datetime) -> bool:
        """Whether this place has signed in lately."""
        return self.succeeded_at is not None and now < self.succeeded_at + KNOWN_FOR

    def _stale(self, now: datetime) -> bool:
        return self.touched_at is None or self.touched_at + FORGOTTEN_AFTER <= now

"""What the tts service hears, and the use case each message goes to."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import commands, events, rpc
from ab_shared.messaging.ports import Subscriptions

from ab_tts.usecases.forget_read import ForgetRead
from ab_tts.usecases.list_voices import ListVoices
from ab_tts.usecases.synthesize_read import SynthesizeRead

# A line that is being stored leaves its thread to the next.
MORE_THAN_THREADS = 2


@dataclass(frozen=True, slots=True)
class Places:
    """Lines that embedded voices (``threads``) and vendors (``calls``) speak at once."""

    threads: int
    calls: int = 0

    @property
    def first(self) -> int:
        """Places of what is wanted first."""
        return self.threads + MORE_THAN_THREADS + self.calls - self.calls // 3

    @property
    def later(self) -> int:
        """Fewer, for what lies far back in long tracks."""
        return self.threads + self.calls // 3


def most_at_once(threads: int) -> int:
    """How many lines of embedded voices a process works on at once, from both queues."""
    return threads + MORE_THAN_THREADS + threads


def subscriptions(
    synthesize: SynthesizeRead, forget: ForgetRead, voices: ListVoices, places: Places
) -> Subscriptions:
    """Everything this service listens to; two more lines than threads, so none of them waits."""
    heard = Subscriptions()
    heard.on(commands.SynthesizeRead, synthesize, prefetch=places.first)
    # Fewer at once than above: where both queues are full, long tracks get the smaller share.
    heard.on(commands.SynthesizeReadLater, synthesize, prefetch=places.later)
    heard.on(events.ReadRejected, forget)
    heard.answer(rpc.ListVoices, voices)
    return heard

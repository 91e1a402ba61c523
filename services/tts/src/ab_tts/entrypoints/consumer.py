"""What the tts service hears, and the use case each message goes to."""

from __future__ import annotations

from ab_shared.contracts import commands, events, rpc
from ab_shared.messaging.ports import Subscriptions

from ab_tts.usecases.forget_read import ForgetRead
from ab_tts.usecases.list_voices import ListVoices
from ab_tts.usecases.synthesize_read import SynthesizeRead

# A line that is being stored leaves its thread to the next.
MORE_THAN_THREADS = 2


def most_at_once(threads: int) -> int:
    """How many lines a process works on at once, from both queues."""
    return threads + MORE_THAN_THREADS + threads


def subscriptions(
    synthesize: SynthesizeRead, forget: ForgetRead, voices: ListVoices, threads: int
) -> Subscriptions:
    """Everything this service listens to; two more lines than threads, so none of them waits."""
    heard = Subscriptions()
    heard.on(commands.SynthesizeRead, synthesize, prefetch=threads + MORE_THAN_THREADS)
    # Fewer at once than above: where both queues are full, long tracks get the smaller share.
    heard.on(commands.SynthesizeReadLater, synthesize, prefetch=threads)
    heard.on(events.ReadRejected, forget)
    heard.answer(rpc.ListVoices, voices)
    return heard

"""What was promised and did not happen: lost messages, stuck jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from failures.chaos.evidence import Evidence
from failures.chaos.journal import Sent, sent

LIVE = frozenset({"queued", "speaking", "preparing", "merging"})
SYNTHESIZE = ("tts.synthesize.v1", "tts.synthesize_later.v1")
# A message's type, the field that names what it is about, and where its effect shows: a row of
# the hearer (query, column), or the hearer's own message saying that it cannot be.
EFFECTS: tuple[tuple[tuple[str, ...], str, tuple[str, str], tuple[str, ...]], ...] = (
    (SYNTHESIZE, "speech_address", ("tts.reads", "speech_address"), ("tts.read_failed.v1",)),
    (
        ("stitching.prepare.v1",),
        "prepared_address",
        ("stitching.prepared", "prepared_address"),
        ("stitching.read_rejected.v1",),
    ),
    (
        ("stitching.render.v1",),
        "track_address",
        ("stitching.tracks", "track_address"),
        ("stitching.track_failed.v1",),
    ),
    (
        ("stitching.publish_stem.v1",),
        "stem_id",
        ("stitching.stems", "stem_id"),
        ("stitching.stem_failed.v1",),
    ),
    (("tts.read_ready.v1",), "speech_address", ("session.spoken", "speech_address"), ()),
    (
        ("stitching.read_prepared.v1",),
        "prepared_address",
        ("session.prepared", "prepared_address"),
        ("stitching.track_failed.v1",),
    ),
    (("stitching.track_rendered.v1",), "track_address", ("session.tracks", "track_address"), ()),
    (("stitching.stem_published.v1",), "stem_id", ("session.stems", "stem_id"), ()),
)
SETTLED = "session.generation_settled.v1"


def committed(evidence: Evidence) -> list[Sent]:
    """Every message whose transaction committed, of all services."""
    return [message for entries in evidence.journals.values() for message in sent(entries)]


def lost_messages(evidence: Evidence) -> list[str]:
    """Committed but never taken in by the broker, or taken in and without any effect."""
    messages = committed(evidence)
    lost = [f"{m.type} {m.id} never reached the broker" for m in _unheard(evidence, messages)]
    lost += [f"{evidence.unsent} rows wait in an outbox"] * evidence.unsent
    lost += _without_effect(evidence, messages)
    lost += _unsettled(evidence, messages)
    waited = {str(row["job_id"]) for row in evidence.of("session.job_reads")}
    lost += [f"job {job} waits for reads that were never answered" for job in sorted(waited)]
    return lost


def stuck(evidence: Evidence) -> list[str]:
    """Orders without an end, and jobs that are live when nothing is left to do."""
    live = [
        f"job {row['id']} is {row['stage']} still"
        for row in evidence.of("session.jobs")
        if row["stage"] in LIVE
    ]
    ordered = {str(job) for outcome in evidence.outcomes for job in outcome.jobs}
    orders = [
        f"order {outcome.order.number}: {outcome.reason}"
        for outcome in evidence.outcomes
        if outcome.end == "stuck"
    ]
    silent = [
        f"job {row['id']} failed without a reason"
        for row in evidence.of("session.jobs")
        if row["stage"] == "failed" and not row["error"] and row["id"] in ordered
    ]
    return orders + live + silent


def _unheard(evidence: Evidence, messages: Iterable[Sent]) -> list[Sent]:
    return [message for message in messages if message.id not in evidence.heard]


def _without_effect(evidence: Evidence, messages: Iterable[Sent]) -> list[str]:
    about: dict[str, set[str]] = defaultdict(set)
    failures: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        failures[message.type] |= {str(value) for value in _names(message.data)}
    for types, field, _, _ in EFFECTS:
        for message in messages:
            if message.type in types:
                about[types[0]].add(str(message.data[field]))
    lost = []
    for types, _, (query, column), refusals in EFFECTS:
        happened = {str(row[column]) for row in evidence.of(query)}
        refused = {name for refusal in refusals for name in failures[refusal]}
        missing = about[types[0]] - happened - refused
        lost += [f"{types[0]} for {name[:12]} had no effect" for name in sorted(missing)]
    return lost


def _names(data: dict[str, object]) -> list[object]:
    missing = data.get("missing_reads")
    listed = list(missing) if isinstance(missing, list) else []
    return [value for value in data.values() if isinstance(value, str)] + listed


def _unsettled(evidence: Evidence, messages: Iterable[Sent]) -> list[str]:
    states = {str(r["id"]): r["state"] for r in evidence.of("entitlement.reservations")}
    return [
        f"reservation {m.data['reservation_id']} is {state}, not {m.data['outcome']}"
        for m in messages
        if m.type == SETTLED
        and (state := states.get(m.data["reservation_id"])) != m.data["outcome"]
    ]

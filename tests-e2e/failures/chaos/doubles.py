"""What happened more than once, and quotas that do not add up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from failures.chaos.evidence import Evidence
from failures.chaos.journal import Entry
from failures.chaos.losses import LIVE

ENDED = {"ready": "committed", "failed": "released", "cancelled": "released"}


def double_effects(evidence: Evidence) -> list[str]:
    """Speech kept twice, tracks kept twice, sessions or live jobs doubled, settled twice."""
    return (
        _kept_twice(evidence.journals.get("tts", ()), "reads", "speech_address", "speech_key")
        + _kept_twice(evidence.journals.get("stitching", ()), "tracks", "track_address")
        + _settled_twice(evidence.journals.get("entitlement", ()))
        + _doubled_orders(evidence)
        + _doubled_jobs(evidence)
    )


def quota_drift(evidence: Evidence) -> list[str]:
    """Reservations that differ from what the jobs call for, the ledger or what users are told."""
    jobs = {str(job["id"]): job for job in evidence.of("session.jobs")}
    reservations = {str(row["id"]): row for row in evidence.of("entitlement.reservations")}
    drift = []
    wanted = {
        job_id: ENDED.get(job["stage"], "pending")
        for job_id, job in jobs.items()
        if job["holds_generation"] and job["owner_user_id"] is not None
    }
    for job_id, state in wanted.items():
        found = reservations.get(job_id)
        if found is None or found["state"] != state:
            held = found["state"] if found else "missing"
            drift.append(f"the reservation of job {job_id} is {held}, not {state}")
    for id_, row in reservations.items():
        if id_ not in wanted and row["state"] != "released":
            drift.append(f"reservation {id_} is {row['state']} and has no job")
    return drift + _off_the_ledger(evidence) + _told_wrongly(evidence)


def _kept_twice(entries: Iterable[Entry], table: str, key: str, made: str = "") -> list[str]:
    """Rows that came into being more than once, or were written over when they were there."""
    times: Counter[str] = Counter(
        str(entry.after[key])
        for entry in entries
        if entry.source == table and (not made or entry.after[made] is not None)
    )
    return [f"{table} {name[:12]} was kept {n} times" for name, n in times.items() if n > 1]


def _settled_twice(entries: Iterable[Entry]) -> list[str]:
    times: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        if entry.source == "reservations":
            before = entry.before["state"] if entry.before else None
            if entry.after["state"] != before:
                times[entry.after["id"], entry.after["state"]] += 1
    return [f"reservation {id_} became {s} {n} times" for (id_, s), n in times.items() if n > 1]


def _doubled_orders(evidence: Evidence) -> list[str]:
    doubled = [
        f"order {o.order.number} has {len(o.sessions)} sessions and {len(o.jobs)} jobs"
        for o in evidence.outcomes
        if len(o.sessions) > 1
    ]
    known = {str(session) for outcome in evidence.outcomes for session in outcome.sessions}
    # Whatever was ordered and never answered may be among these; then it is stuck, not doubled.
    silent = sum(not o.sessions and o.end == "stuck" for o in evidence.outcomes)
    strays = [
        str(row["id"])
        for row in evidence.of("session.sessions")
        if row["owner_user_id"] is not None and str(row["id"]) not in known
    ]
    return doubled + [f"session {id_} was never ordered" for id_ in strays[silent:]]


def _doubled_jobs(evidence: Evidence) -> list[str]:
    by_session: dict[str, list[dict[str, object]]] = defaultdict(list)
    for job in evidence.of("session.jobs"):
        by_session[str(job["session_id"])].append(job)
    doubled = []
    for session, jobs in by_session.items():
        live = [job for job in jobs if job["stage"] in LIVE]
        ready = [job for job in jobs if job["stage"] == "ready"]
        if len(live) > 1 or len(ready) > 1:
            doubled.append(f"session {session} has {len(live)} live and {len(ready)} ready jobs")
    return doubled


def _off_the_ledger(evidence: Evidence) -> list[str]:
    sums: Counter[str] = Counter()
    for entry in evidence.of("entitlement.ledger"):
        sums[str(entry["reservation_id"])] += int(entry["amount"])
    for row in evidence.of("entitlement.reservations") if sums else ():
        sums[str(row["id"])] -= int(row["state"] != "released")
    return [f"the ledger is off by {n} for reservation {id_}" for id_, n in sums.items() if n]


def _told_wrongly(evidence: Evidence) -> list[str]:
    held = Counter(
        str(row["user_id"])
        for row in evidence.of("entitlement.reservations")
        if row["state"] != "released"
    )
    return [
        f"user {user[:12]} is told to have spent {spent}, not {held[user]}"
        for user, spent in evidence.spent.items()
        if spent != held[user]
    ]

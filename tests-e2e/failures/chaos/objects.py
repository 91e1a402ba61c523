"""Objects that rows name and no bucket has, and objects that no row names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ab_shared.storage.keys import prepared_key
from failures.chaos.evidence import MEDIA, READS, SPEECH, Evidence, Stored


@dataclass(frozen=True, slots=True)
class Reference:
    """What a row says of an object; size and hash where it says so."""

    bucket: str
    key: str
    by: str
    stored: Stored | None = None


def references(evidence: Evidence) -> Iterator[Reference]:
    """Every object that a row of tts, stitching or session names."""
    for row in evidence.of("tts.reads"):
        yield Reference(SPEECH, row["speech_key"], "tts")
    for row in evidence.of("stitching.prepared"):
        yield Reference(READS, prepared_key(row["prepared_address"]), "stitching")
    for name in ("tracks", "stems"):
        for row in evidence.of(f"stitching.{name}"):
            asset = row["announcement"]["asset"]
            stored = Stored(asset["bytes"], asset["sha256"])
            yield Reference(MEDIA, asset["key"], "stitching", stored)
        for row in evidence.of(f"session.{name}"):
            asset = row["asset"]
            yield Reference(MEDIA, asset["key"], "session", Stored(asset["bytes"], asset["sha256"]))


def missing_objects(evidence: Evidence) -> list[str]:
    """Named objects that are not there, are empty, or are not what the row says."""
    missing = []
    for reference in references(evidence):
        found = evidence.objects.get(reference.bucket, {}).get(reference.key)
        where = f"{reference.bucket}/{reference.key} (named by {reference.by})"
        if found is None or found.size == 0:
            missing.append(f"{where} is not there")
        elif reference.stored is not None and found != reference.stored:
            missing.append(f"{where} is another object: {found.size} bytes")
    tracks = {row["track_address"] for row in evidence.of("session.tracks")}
    missing += [
        f"session {row['id']} plays a track that nobody knows"
        for row in evidence.of("session.sessions")
        if row["track_address"] is not None and row["track_address"] not in tracks
    ]
    return missing


def orphan_objects(evidence: Evidence) -> list[str]:
    """Objects that no row names; a sweep deletes them after a while."""
    named = {(reference.bucket, reference.key) for reference in references(evidence)}
    there = {(bucket, key) for bucket, keys in evidence.objects.items() for key in keys}
    return [f"{bucket}/{key}" for bucket, key in sorted(there - named)]

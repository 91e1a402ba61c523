"""``python -m performance.trace_tree``: the main job as one trace, printed as a tree.

A user of an outside issuer whom nobody has met before creates a session of lines that were never
spoken. The tree comes first, one JSON object last: spans, services and what kinds there are.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from simulators.clerk_control import ClerkControl
from simulators.clerk_tokens import clerk_id
from simulators.otlp import Collector, SeenSpan, collecting

from performance.main_job import fresh_lines
from performance.stack import OwnStack

STATE = Path(".local/bench-traces")
EXPORT_MILLISECONDS = "200"
JOB_SECONDS, QUIET_SECONDS = 120.0, 2.0
SERVICES = {"gateway", "auth", "session", "tts", "stitching", "entitlement"}
KINDS = {"http", "messaging", "database", "object store", "vendor", "work"}
SERVER = 2


def kind_of(span: SeenSpan) -> str:
    """What a span is about."""
    for name, kind in (
        ("messaging.system", "messaging"),
        ("db.system.name", "database"),
        ("aws.s3.bucket", "object store"),
        ("vendor.name", "vendor"),
    ):
        if name in span.attributes:
            return kind
    return "http" if span.kind == SERVER else "work"


def tree(spans: list[SeenSpan], root: str) -> list[str]:
    """One line a span, children below their parent in the order of their beginnings."""
    below: dict[str, list[SeenSpan]] = {}
    for span in sorted(spans, key=lambda one: one.started_ns):
        below.setdefault(span.parent, []).append(span)
    began = min(span.started_ns for span in spans)
    lines: list[str] = []

    def write(parent: str, depth: int) -> None:
        for span in below.get(parent, ()):
            at = (span.started_ns - began) / 1e6
            name = f"{'  ' * depth}{span.name}{_more(span)}"
            lines.append(f"{name:<74} {span.service:<12} +{at:8.1f} {span.ms:8.1f} ms")
            write(span.id, depth + 1)

    write(root, 0)
    return lines


def _more(span: SeenSpan) -> str:
    said = span.attributes
    key = said.get("messaging.rabbitmq.destination.routing_key")
    place = said.get("aws.s3.key_prefix")
    more = f" {key}" if key else f" {place}/" if place else ""
    return f"{more} FAILED" if span.failed else more


async def one_job(stack: dict[str, Any], collector: Collector) -> tuple[str, str]:
    """Creates a session as somebody new and waits for its track; the trace and the root's id."""
    trace, caller = secrets.token_hex(16), secrets.token_hex(8)
    async with ClerkControl(stack["simulators"]["clerk"]) as clerk:
        token = (await clerk.do("sign-in", user_id=clerk_id("user")))["token"]
    signed_in = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=stack["gateway_url"], timeout=30) as client:
        draft = {"title": "One trace", "affirmations": fresh_lines()[:2], "voiceId": "nova"}
        sent = {**signed_in, "traceparent": f"00-{trace}-{caller}-01"}
        answer = await client.post("/v1/sessions", json=draft, headers=sent)
        job = answer.raise_for_status().json()["_audioJobId"]
        async with asyncio.timeout(JOB_SECONDS):
            while True:
                found = (await client.get(f"/v1/jobs/{job}", headers=signed_in)).json()["job"]
                if found["status"] == "failed":
                    raise RuntimeError(f"the job failed: {found.get('error')}")
                if found["status"] == "completed":
                    break
                await asyncio.sleep(0.2)
    await _quiet(collector, trace)
    return trace, caller


async def _quiet(collector: Collector, trace: str) -> None:
    """Returns when no span has come for a while."""
    seen, since = 0, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        count = len(collector.of(trace))
        if count != seen:
            seen, since = count, time.monotonic()
        await asyncio.sleep(0.1)


def summary(spans: list[SeenSpan], caller: str) -> dict[str, Any]:
    """The figures; ``orphans`` have a parent that nobody sent, ``statements`` all that ran."""
    known = {span.id for span in spans} | {caller}
    services = Counter(span.service for span in spans)
    kinds = Counter(kind_of(span) for span in spans)
    return {
        "spans": len(spans),
        "services": dict(sorted(services.items())),
        "missing_services": sorted(SERVICES - services.keys()),
        "kinds": dict(sorted(kinds.items())),
        "missing_kinds": sorted(KINDS - kinds.keys()),
        "statements": sum(span.numbers.get("ab.statements", 0) for span in spans),
        "orphans": sum(span.parent not in known for span in spans),
        "failed": sum(span.failed for span in spans),
        "milliseconds": round(
            (max(s.ended_ns for s in spans) - min(s.started_ns for s in spans)) / 1e6, 1
        ),
    }


def main() -> int:
    """0 where every service and every kind is in the one trace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=STATE, help="folder of the stack")
    chosen = parser.parse_args()
    with collecting() as collector:
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": EXPORT_MILLISECONDS,
        }
        with OwnStack(chosen.state, settings=settings) as stack:
            trace, caller = asyncio.run(one_job(stack.description, collector))
        spans = collector.of(trace)
    sys.stdout.write("\n".join(tree(spans, caller)) + "\n")
    found = summary(spans, caller)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 1 if found["missing_services"] or found["missing_kinds"] or found["orphans"] else 0


if __name__ == "__main__":
    sys.exit(main())

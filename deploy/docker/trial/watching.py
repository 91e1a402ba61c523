"""What Prometheus sees of a composed stack: its targets, its rules, and whom it tells."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from engine import TrialFailedError
from stack import HERE, Stack

SEEN_SECONDS = 180
ANSWER_SECONDS = 10
# One target of everything else; what the broker says of each queue is a second one of its own.
TARGETS = {"rabbitmq": 2, "stitching": 2}


def seen(stack: Stack, voices: int) -> dict[str, Any]:
    """Return targets by job and the state of rules, once each of so many tts is a target.

    Raises:
        TrialFailedError: naming the jobs whose targets are not all there within minutes.
    """
    jobs = ("gateway", "auth", "session", "entitlement", "watch", "prometheus", "alertmanager")
    wanted = {**dict.fromkeys(jobs, 1), **TARGETS, "tts": voices}
    began = time.monotonic()
    while (targets := _targets(stack)) != wanted:
        if time.monotonic() > began + SEEN_SECONDS:
            raise TrialFailedError(f"Prometheus sees {targets}, and not {wanted}")
        time.sleep(2)
    rules = [rule for group in _asked(stack, "rules")["data"]["groups"] for rule in group["rules"]]
    told = _asked(stack, "alertmanagers")["data"]["activeAlertmanagers"]
    return {
        "targets": targets,
        "seconds_to_see_them": round(time.monotonic() - began, 1),
        "rules": len(rules),
        "rules_unwell": sorted({rule["name"] for rule in rules if rule["health"] == "err"}),
        "alertmanagers": len(told),
    }


def _targets(stack: Stack) -> dict[str, int]:
    try:
        found = _asked(stack, "query", query="count by (job) (up == 1)")["data"]["result"]
    except (urllib.error.URLError, OSError):
        return {}
    return {row["metric"]["job"]: int(row["value"][1]) for row in found}


def _asked(stack: Stack, what: str, **words: str) -> dict[str, Any]:
    query = urllib.parse.urlencode(words)
    url = f"http://{HERE}:{stack.port('PROMETHEUS_PORT')}/api/v1/{what}?{query}"
    with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
        loaded: dict[str, Any] = json.load(answer)
    return loaded

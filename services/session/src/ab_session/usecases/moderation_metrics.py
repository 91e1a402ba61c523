"""What operators see of the checking of lines; no text and no user in any label."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

DECISIONS = Counter(
    "ab_moderation_decisions_total",
    "Texts looked at, by who decided and how.",
    ("provider", "status"),
)
REUSED = Counter(
    "ab_moderation_reused_total", "Texts whose verdict was known: nobody was asked again."
)
REFUSED = Counter("ab_moderation_refused_total", "Requests refused for a rejected text.", ("care",))
STOPPED = Counter(
    "ab_moderation_jobs_stopped_total", "Jobs stopped because a text of theirs was rejected."
)
QUEUE = Gauge("ab_moderation_queue", "Texts in use that are pending.")
UNAVAILABLE = Gauge(
    "ab_moderation_unavailable", "Texts that are pending because nobody could be asked."
)
OLDEST = Gauge("ab_moderation_oldest_pending_seconds", "Age of the oldest pending text.")

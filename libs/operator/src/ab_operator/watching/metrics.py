"""What the watch shows: ages and ends that no service can know of itself."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

CERTIFICATE = Gauge(
    "ab_certificate_expires_timestamp_seconds",
    "When the TLS certificate that a host shows ends (Unix time).",
    ("host",),
)
BACKUP = Gauge(
    "ab_backup_finished_timestamp_seconds",
    "When the newest whole backup was taken (Unix time); 0 where there is none.",
    ("what",),
)
DISK = Gauge("ab_disk_free_ratio", "Share of a disk that may still be written, 0 to 1.", ("path",))
SECRET = Gauge(
    "ab_secret_changed_timestamp_seconds",
    "When a secret was last changed, as the operator has written down (Unix time).",
    ("name",),
)
URL_UP = Gauge(
    "ab_url_up",
    "Whether an address answered 2xx when it was last asked, as users ask it (1 or 0).",
    ("name",),
)
URL_SECONDS = Gauge(
    "ab_url_seconds", "How long an address was last asked, with an answer or without.", ("name",)
)
FAILURES = Counter(
    "ab_watch_failures_total",
    "Looks that failed; what was seen last stays.",
    ("what",),
)

"""What operators see of jobs: how long they take, how many are open, what is asked for again."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SECONDS = Histogram(
    "ab_job_seconds",
    "From asked for to its end, by kind and outcome (ready, failed, cancelled).",
    ("kind", "outcome"),
    buckets=(0.5, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600),
)
OPEN = Gauge(
    "ab_jobs_open", "Jobs that wait for something; take the largest of all instances.", ("kind",)
)
OLDEST = Gauge(
    "ab_jobs_oldest_seconds",
    "Age of the oldest open job, 0 without one; take the largest of all instances.",
    ("kind",),
)
RETRIED = Counter("ab_jobs_retried_total", "Times that what a job waits for was asked for again.")
SESSIONS = Counter("ab_sessions_created_total", "Sessions that listeners created.")
QUOTA_DRIFT = Gauge(
    "ab_quota_drift",
    "Reservations without a job and jobs without their reservation, when last compared.",
)

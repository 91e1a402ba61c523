"""What operators see of jobs: how long they take, how many are open, what is asked for again."""

from __future__ import annotations

from datetime import datetime

from ab_shared.runtime.telemetry import exemplar
from prometheus_client import Counter, Gauge, Histogram

from ab_session.domain.job import Job
from ab_session.domain.mixdown import Mixdown
from ab_session.ports import Unit

KINDS = ("audio", "catalogue", "mixdown")

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


def kind_of(job: Job | Mixdown) -> str:
    """Listeners' tracks, the catalogue's, and offline files."""
    if isinstance(job, Mixdown):
        return "mixdown"
    return "catalogue" if job.owner_user_id is None else "audio"


def count_end(unit: Unit, job: Job | Mixdown, at: datetime) -> None:
    """Counts a job that has ended, once that is written: a unit that fails is done again."""
    seconds = max(0.0, (at - job.created_at).total_seconds())
    counter, traced = SECONDS.labels(kind_of(job), job.stage.value), exemplar()
    unit.afterwards(lambda: counter.observe(seconds, traced))

"""What is counted of quota and costs; no labels that could name a user."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

TAKEN = Counter("ab_quota_taken_total", "Generations reserved, by plan.", ("plan",))
REFUSED = Counter("ab_quota_refused_total", "Reservations refused, by code.", ("code",))
SETTLED = Counter(
    "ab_quota_settled_total", "Reservations that ended, by how (lapsed: unseen).", ("outcome",)
)
CORRECTED = Counter("ab_quota_corrected_total", "Corrections by operators.")
DRIFT = Gauge("ab_quota_ledger_drift", "Reservations of late that the ledger does not agree with.")
ANSWERED = Counter(
    "ab_entitlements_answered_total",
    "Answers of what a user may do; pro and unknown is a payer whose renewal is taken on trust.",
    ("plan", "status"),
)
JOBS = Counter("ab_job_costs_total", "Jobs whose cost was kept, by how they ended.", ("outcome",))
CHARACTERS = Counter("ab_cost_characters_total", "Characters sent to providers.")
PAID = Counter("ab_cost_vendor_dollars_total", "What vendors were paid for ended jobs.")
READS = Counter("ab_cost_reads_total", "Reads of ended jobs, by origin.", ("origin",))
RENDERED = Counter("ab_cost_rendered_seconds_total", "Length of sound newly rendered.")
RENDERING = Counter("ab_cost_rendering_seconds_total", "Time that rendering took.")

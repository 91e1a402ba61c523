"""The admin surface: every group under one address and one tag."""

from __future__ import annotations

from fastapi import APIRouter

from ab_gateway.entrypoints.http.admin import (
    admins,
    ai_sources,
    audit,
    jobs,
    moderation,
    numbers,
    privacy,
    sessions,
    users,
)

TAG = "admin"

# Each group has its whole address: metrics, logs and the scopes of keys go by the address that a
# router was made with, and know nothing of what is put before it here.
router = APIRouter(tags=[TAG])
for _group in (admins, audit, users, jobs, privacy, ai_sources, sessions, numbers, moderation):
    router.include_router(_group.router)

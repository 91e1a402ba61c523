"""The admin surface: every group under one address and one tag."""

from __future__ import annotations

from fastapi import APIRouter

from ab_gateway.entrypoints.http.admin import admins, audit, jobs, privacy, users

TAG = "admin"
ADDRESS = "/admin"

router = APIRouter(prefix=ADDRESS, tags=[TAG])
for _group in (admins, audit, users, jobs, privacy):
    router.include_router(_group.router)

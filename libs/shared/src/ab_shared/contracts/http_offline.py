"""The public wire format of what is kept offline, all of it in one call."""

from __future__ import annotations

from uuid import UUID

from pydantic import ConfigDict, Field

from ab_shared.contracts.http import ApiModel, Instant, optional
from ab_shared.contracts.http_mixdowns import LicenceOut
from ab_shared.contracts.offline import OfflineState


class KeptOut(ApiModel):
    """A session whose files were handed out.

    ``valid``: plays until the licence ends; another ``version`` than the one held means that its
    manifest changed. ``expired``: the plan has ended; the files may stay until ``deleteAt``, but
    are not played; a plan that comes back makes them valid. ``revoked``: delete them.
    """

    session_id: UUID
    state: OfflineState
    version: str | None = optional(description="Left out while its files are not ready")
    handed_version: str = Field(description="The last one handed out, to whichever device")
    handed_at: Instant
    delete_at: Instant | None = optional()


class OfflineOut(ApiModel):
    """Everything kept offline, the last handed out first; no licence without a plan for it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sessions": [
                        {
                            "sessionId": "0b6c4c7e-9d58-5a39-8f2e-6a1d5f9b2c33",
                            "state": "valid",
                            "version": "4b1d9a2c7e0f5a36",
                            "handedVersion": "1f0e2d3c4b5a6978",
                            "handedAt": "2026-01-01T20:00:00.000Z",
                        }
                    ],
                    "licence": {
                        "issuedAt": "2026-01-05T12:30:15.000Z",
                        "expiresAt": "2026-02-05T00:00:00.000Z",
                        "grace": False,
                    },
                },
                {
                    "sessions": [
                        {
                            "sessionId": "0b6c4c7e-9d58-5a39-8f2e-6a1d5f9b2c33",
                            "state": "expired",
                            "version": "4b1d9a2c7e0f5a36",
                            "handedVersion": "4b1d9a2c7e0f5a36",
                            "handedAt": "2026-01-01T20:00:00.000Z",
                            "deleteAt": "2026-02-04T20:00:00.000Z",
                        }
                    ]
                },
            ]
        }
    )

    sessions: list[KeptOut]
    licence: LicenceOut | None = optional()

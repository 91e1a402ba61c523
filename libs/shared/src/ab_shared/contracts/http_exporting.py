"""The public wire format of archives of all that is held of a user."""

from __future__ import annotations

from uuid import UUID

from pydantic import ConfigDict, Field

from ab_shared.contracts.http import ApiModel, Instant, optional

_JOB = "6e1f9f5e-1b1f-4a55-9d0b-8f2f9f0f7a11"


class ExportOut(ApiModel):
    """The archive, or the job that makes it; with a URL it is ready."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "jobId": _JOB,
                    "url": f"https://media.example.com/exports/{_JOB}/1/affirmation-beats-data.zip",
                    "expiresAt": "2026-01-05T18:00:00Z",
                    "bytes": 5242880,
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                },
                {"jobId": _JOB},
            ]
        }
    )

    job_id: UUID = Field(description="Watch it at `/jobs/{id}`; `type` is `export`")
    url: str | None = optional(description="Signed; asks for no token")
    expires_at: Instant | None = optional(description="When the URL stops working")
    bytes: int | None = optional()
    sha256: str | None = optional(description="Of the whole archive, in hex")

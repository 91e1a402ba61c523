"""The public wire format of erasures."""

from __future__ import annotations

from uuid import UUID

from pydantic import ConfigDict, Field

from ab_shared.contracts.http import ApiModel


class ErasureOut(ApiModel):
    """The erasure that has begun."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"jobId": "6e1f9f5e-1b1f-4a55-9d0b-8f2f9f0f7a11"}]}
    )

    job_id: UUID = Field(
        description="Watch it at `/jobs/{id}`: that needs no token any more, for a day"
    )

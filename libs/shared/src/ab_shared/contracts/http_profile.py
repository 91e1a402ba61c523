"""What the app sends to change a profile."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ab_shared.contracts.http import ApiModel, optional
from ab_shared.contracts.writing import PLAIN

Zone = Annotated[str, Field(min_length=1, max_length=64), PLAIN]


class ProfileIn(ApiModel):
    """What to change; what is left out stays."""

    timezone: Zone | None = optional(description="A zone of the IANA database: Europe/Berlin")

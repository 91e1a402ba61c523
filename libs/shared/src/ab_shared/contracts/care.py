"""What is said to somebody who writes about hurting themselves: a clear message, and who helps."""

from __future__ import annotations

from pydantic import Field

from ab_shared.contracts.base import Contract


class HelpLine(Contract):
    """Somebody who can be reached right now; ``contact`` says how, in words to be read out."""

    name: str = Field(min_length=1, max_length=100)
    contact: str = Field(min_length=1, max_length=200)
    url: str | None = Field(default=None, pattern=r"^https://\S+$", max_length=200)


class Care(Contract):
    """``region`` is the country (ISO 3166-1 alpha-2) the help is for; None is everywhere."""

    message: str = Field(min_length=1)
    region: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    resources: tuple[HelpLine, ...] = Field(min_length=1)

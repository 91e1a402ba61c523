"""What the app sends and gets when it asks for lines."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from ab_shared.contracts.affirmations import DEFAULT_LINES, MOST_LINES
from ab_shared.contracts.http import ApiModel, optional
from ab_shared.contracts.writing import MAX_LINES, PLAIN, Label, Line

Wish = Annotated[str, Field(max_length=500), PLAIN]


class WishIn(ApiModel):
    """What the lines shall be about; all of it may be left out."""

    session_type: Label | None = optional(description="A goal tag, such as sleep or focus")
    struggle: Wish | None = optional(description="What stands in the way")
    goal: Wish | None = optional(description="What is wanted")
    count: int = Field(default=DEFAULT_LINES, ge=1, le=MOST_LINES, description="How many lines")

    @field_validator("count", mode="before")
    @classmethod
    def _as_if_absent(cls, said: object) -> object:
        return DEFAULT_LINES if said is None else said


class HelpLineOut(ApiModel):
    """Somebody who can be reached right now."""

    name: str
    contact: str
    url: str | None = optional()


class CareOut(ApiModel):
    """A message to show before the lines, and who helps where the caller lives."""

    message: str
    region: str | None = optional(description="Country the help is for; none is everywhere")
    resources: tuple[HelpLineOut, ...]


class AffirmationsOut(ApiModel):
    """Lines to edit, or to make a session of as they are."""

    affirmations: list[str]
    reasoning: str | None = optional(description="Which framework the lines follow, and why")
    care: CareOut | None = optional(description="For whoever writes of hurting themselves")


class TitleWishIn(ApiModel):
    """What the session is about: a goal, else its lines; all of it may be left out."""

    goal: Wish | None = optional(description="What is wanted")
    goal_tag: Label | None = optional(description="As on a session")
    affirmations: list[Line] | None = Field(
        default=None, max_length=MAX_LINES, description="The lines it will have"
    )


class TitleOut(ApiModel):
    """A title that none of the caller's sessions has."""

    title: str
    care: CareOut | None = optional(description="For whoever writes of hurting themselves")

"""What listeners come for, in which shares: named profiles, or one's own from a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from random import Random
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Deed = Literal[
    "bundle",
    "listen",
    "list",
    "session",
    "entitlement",
    "shelf",
    "catalogue",
    "programs",
    "create",
    "create_seen",
    "edit",
    "sign_up",
]
DEEDS: tuple[Deed, ...] = get_args(Deed)
# They need a track of the listener's own that is ready.
WITH_A_TRACK = frozenset({"bundle", "listen", "session", "edit", "create_seen"})
MOST_LINES = 24
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Mix(BaseModel):
    """Shares of deeds (any numbers: they are weighed against each other), lengths of new tracks.

    ``followed_by_stream`` of those who make a track follow it by Server-Sent Events, the others
    ask for the job each second, as the installed app does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    shares: dict[Deed, Share]
    least_lines: Annotated[int, Field(ge=1, le=MOST_LINES)] = 3
    most_lines: Annotated[int, Field(ge=1, le=MOST_LINES)] = 12
    followed_by_stream: Annotated[float, Field(ge=0, le=1)] = 0.5

    @model_validator(mode="after")
    def _holds(self) -> Mix:
        if not sum(self.shares.values()) > 0:
            raise ValueError("nobody comes for anything: give a share that is more than 0")
        if self.least_lines > self.most_lines:
            raise ValueError("least_lines is more than most_lines")
        return self

    @property
    def fractions(self) -> dict[Deed, float]:
        """The shares of one whole."""
        whole = sum(self.shares.values())
        return {deed: share / whole for deed, share in self.shares.items() if share}

    @property
    def needs_people(self) -> bool:
        """Whether anybody has to be there before it begins."""
        return self.needs_tracks or bool(self.fractions.keys() & {"create", "shelf"})

    @property
    def needs_tracks(self) -> bool:
        """Whether those who are there have to have something to listen to."""
        return bool(self.fractions.keys() & WITH_A_TRACK)

    def choose(self, random: Random) -> Deed:
        """What one of them comes for."""
        found = self.fractions
        return random.choices(list(found), list(found.values()))[0]


PROFILES: dict[str, Mix] = {
    "evening": Mix(
        shares={
            "bundle": 40,
            "listen": 22,
            "list": 12,
            "session": 6,
            "entitlement": 5,
            "shelf": 5,
            "create": 4,
            "create_seen": 4,
            "edit": 2,
        },
    ),
    "launch": Mix(
        shares={"sign_up": 25, "catalogue": 30, "programs": 15, "list": 20, "entitlement": 10},
        least_lines=3,
        most_lines=6,
    ),
    "browse": Mix(
        shares={"catalogue": 40, "programs": 20, "list": 25, "shelf": 10, "entitlement": 5}
    ),
}


def named(name: str) -> Mix:
    """A profile by name, or the mix in a TOML file.

    Raises:
        OSError, tomllib.TOMLDecodeError, pydantic.ValidationError: there is no such file, or it is
            no mix.
    """
    if name in PROFILES:
        return PROFILES[name]
    return Mix.model_validate(tomllib.loads(Path(name).read_text(encoding="utf-8")))

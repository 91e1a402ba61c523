"""Whose voice takes over a whole track when the one it was given to cannot speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ab_shared.contracts.speech import SpeechRecipe

from ab_session.domain.job import REVIVE_AFTER, Job
from ab_session.domain.plan import Plan


def stand_in(
    chain: Sequence[SpeechRecipe], failed: SpeechRecipe, *, gone: bool
) -> SpeechRecipe | None:
    """The next voice behind ``failed`` in the order of providers; None behind the last.

    Where only the voice or model is ``gone``, its provider's own of today comes first. A provider
    that is not in the order any more hands over to the first.
    """
    names = [recipe.provider for recipe in chain]
    place = names.index(failed.provider) if failed.provider in names else -1
    renewed = place >= 0 and gone and _voice(chain[place]) != _voice(failed)
    following = chain[place if renewed else place + 1 :]
    if not following:
        return None
    return following[0].model_copy(update={"instead_of": failed.instead_of or failed.provider})


def revoiced(job: Job, plan: Plan, at: datetime) -> Job:
    """A live job with another voice's track to make; what was made for it was made."""
    return replace(
        job,
        track_address=plan.track_address,
        rendering=False,
        ready_reads=0,
        remakes=0,
        revivals=0,
        version=job.version + 1,
        moved_at=at,
        due_at=at + REVIVE_AFTER,
    )


def _voice(recipe: SpeechRecipe) -> tuple[str, str]:
    return recipe.provider_voice, recipe.model

"""Sessions and jobs to fill a store with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from ab_session.domain.job import Job, new_job
from ab_session.domain.plan import Plan, make_plan
from ab_session.domain.session import Session, drafted
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import RenderMixdown
from ab_shared.contracts.rpc import Layer, Mix, SessionDraft
from ab_shared.testing.clock import FakeClock

from session_memory.rig import KEY
from session_memory.studio import recipe

AT = FakeClock()()
SOUND = Layer(
    asset=AssetRef(key="k", bytes=1, sha256="a" * 64, duration_ms=9000), loudness_lufs=-20
)
LINES = ("I am one of two.", "I am two of two.")


def session_of(number: int = 1, *, user: str = "user", lines: tuple[str, ...] = LINES) -> Session:
    draft = SessionDraft(title=f"Title {number}", goal_tag="Sleep", lines=lines, voice_id="nova")
    made = drafted(UUID(int=number), user, draft, recipe(), AT + timedelta(seconds=number))
    return replace(made, wanted_track=plan_of(made).track_address)


def plan_of(session: Session) -> Plan:
    return make_plan(KEY, session.lines, recipe(), session.stem_ids)


def job_of(session: Session, attempt: int = 1) -> Job:
    return new_job(
        plan_of(session),
        session.id,
        session.owner_user_id,
        attempt=attempt,
        holds_generation=True,
        at=AT,
    )


async def given(store: Any, session: Session) -> Job:
    job = job_of(session)
    async with store.begin() as unit:
        assert await unit.sessions.add(session)
        assert await unit.jobs.add(job, plan_of(session).reads, frozenset())
    return job


def mixdown_order() -> RenderMixdown:
    return RenderMixdown(
        mixdown_address="d" * 64,
        job_id=UUID(int=0),
        title="Calm",
        minutes=30,
        format="m4a",
        fade_out=False,
        mix=Mix(),
        voice=SOUND,
        segments=(),
        brain_layer=SOUND,
        background=SOUND,
    )

"""Writes down that somebody is to be told of a job that ended, in the transaction of its end."""

from __future__ import annotations

from datetime import datetime

from ab_session.domain.job import Job, Stage
from ab_session.domain.mixdown import Mixdown, MixdownStage
from ab_session.domain.notices import News, NoticeKind
from ab_session.ports import Unit

# Who cancelled knows it.
OF_A_TRACK = {Stage.READY: NoticeKind.TRACK_READY, Stage.FAILED: NoticeKind.TRACK_FAILED}
OF_A_FILE = {
    MixdownStage.READY: NoticeKind.OFFLINE_READY,
    MixdownStage.FAILED: NoticeKind.OFFLINE_FAILED,
}


async def queue_track_notice(unit: Unit, job: Job, at: datetime) -> None:
    """For an audio job that was live before; the catalogue's have no owner to tell."""
    kind = OF_A_TRACK.get(job.stage)
    if kind is None or job.owner_user_id is None:
        return
    took = at - job.created_at
    await unit.notices.queue(News(kind, job.id, job.session_id, job.owner_user_id, took), at)


async def queue_file_notice(unit: Unit, job: Mixdown, at: datetime) -> None:
    """For the job of an offline file that was live before."""
    kind = OF_A_FILE.get(job.stage)
    if kind is not None:
        took = at - job.created_at
        await unit.notices.queue(News(kind, job.id, job.session_id, job.owner_user_id, took), at)

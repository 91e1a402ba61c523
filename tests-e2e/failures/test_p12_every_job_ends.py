"""P12: a job whose worker vanished goes on or ends with a reason; nothing stays for ever."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from ab_shared.contracts import rpc
from ab_shared.contracts.job_desk import ListJobs, RequeueJob, StopJob
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import Conflict
from failures.listener import Listener, calling, listening, new_line
from failures.troupe import WORKERS, Troupe, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

LIVE = "SELECT id, stage FROM jobs WHERE stage NOT IN ('ready', 'failed', 'cancelled')"
AB = Path(sys.executable).parent / "ab"
DEED = {"actor": "ada", "actor_kind": "operator"}


@asynccontextmanager
async def listening_to_silence(troupe: Troupe) -> AsyncIterator[Listener]:
    """Nobody speaks any more, but session has heard which voices there are."""
    troupe.only(*WORKERS)
    async with listening(troupe) as listener:
        await listener.ended((await listener.create([new_line()])).job.id)
        troupe.actor("tts").kill()
        yield listener


async def lose_work(troupe: Troupe) -> None:
    """What waits for tts vanishes from the broker, as with a worker that took it and died."""

    async def waiting() -> bool:
        return (await troupe.depths())["tts.synthesize"] > 0 and await troupe.unsent() == 0

    await eventually(waiting)
    await troupe.purge("tts.synthesize")


async def pass_time(troupe: Troupe, job_id: UUID, minutes: float) -> None:
    """Lets the job have stood still for so long; its lease is long over."""
    async with troupe.connected("session") as connection:
        await connection.execute(
            "UPDATE jobs SET moved_at = moved_at - $2 * interval '1 minute', due_at = now(),"
            " created_at = created_at - $2 * interval '1 minute',"
            " stage_since = stage_since - $2 * interval '1 minute' WHERE id = $1",
            job_id,
            minutes,
        )


async def test_a_job_whose_worker_vanished_is_asked_for_again(troupe: Troupe) -> None:
    async with listening_to_silence(troupe) as listener:
        created = await listener.create([new_line()])
        await lose_work(troupe)
        troupe.ensure("tts")
        await pass_time(troupe, created.job.id, minutes=1.5)
        assert (await listener.ended(created.job.id)).status == "completed"
        await troupe.quiet()


async def test_a_worker_killed_while_it_speaks_holds_nothing_up(troupe: Troupe) -> None:
    troupe.only(*WORKERS)
    tts = troupe.actor("tts")
    async with listening(troupe) as listener:
        created = await listener.create([" and ".join(new_line() for _ in range(8))])
        held = "SELECT count(*) AS n FROM reads WHERE speech_key IS NULL"

        async def speaking() -> bool:
            return bool((await troupe.rows("tts", held))[0]["n"])

        await eventually(speaking, pause=0.005)
        tts.signal(signal.SIGKILL)
        tts.wait_ended()
        assert await speaking(), "it was killed too late: the case proves nothing"
        troupe.ensure("tts")
        assert (await listener.ended(created.job.id)).status == "completed"
        await troupe.quiet()
        assert not await speaking()


async def test_a_job_that_stands_still_fails_with_a_reason(troupe: Troupe) -> None:
    async with listening_to_silence(troupe) as listener:
        left = await listener.left()
        created = await listener.create([new_line()])
        assert left - await listener.left() == 1
        await lose_work(troupe)
        await pass_time(troupe, created.job.id, minutes=11)
        job = await listener.ended(created.job.id)
        assert job.status == "failed"
        assert job.error

        async def given_back() -> bool:
            return await listener.left() == left

        await eventually(given_back)


async def given_a_job(listener: Listener) -> rpc.CreatedSession:
    return await listener.create([new_line()])


async def refuses(listener: Listener, job: JobSnapshot) -> None:
    for deed in (
        rpc.CancelJob(job_id=job.id, user_id=listener.user_id),
        StopJob.model_validate({"job_id": job.id, **DEED}),
        RequeueJob.model_validate({"job_id": job.id, **DEED}),
    ):
        with pytest.raises(Conflict) as refusal:
            await listener.ask(deed)
        assert refusal.value.status == 409


async def test_cancel_and_requeue_mean_something_in_every_state(troupe: Troupe) -> None:
    async with listening_to_silence(troupe) as listener:
        left = await listener.left()
        created = await given_a_job(listener)
        # Live: it is asked for again, and it can be stopped.
        await lose_work(troupe)
        requeue = RequeueJob.model_validate({"job_id": created.job.id, **DEED})
        assert (await listener.ask(requeue)).stage == "queued"
        cancel = rpc.CancelJob(job_id=created.job.id, user_id=listener.user_id)
        stopped = await listener.ask(cancel)
        assert (stopped.status, stopped.error) == ("failed", "Cancelled")
        # Ended without a track: it cannot be stopped again, but it can begin again.
        with pytest.raises(Conflict):
            await listener.ask(cancel)
        again = await listener.ask(requeue)
        assert (again.id, again.status) == (created.job.id, "pending")
        assert again.version > stopped.version
        troupe.ensure("tts")
        done = await listener.ended(created.job.id)
        assert done.status == "completed"
        await troupe.quiet()
        await refuses(listener, done)
        # It went back when it was cancelled, and an operator's doing costs its owner nothing.
        assert await listener.left() == left
        rows = (await listener.ask(ListJobs(stages=("ready",)))).jobs
        assert created.job.id in {row.job.id for row in rows}


async def operate(troupe: Troupe, *arguments: str, code: int = 0) -> str:
    """What ``ab operator jobs`` prints; its exit code must be as expected."""
    process = await asyncio.create_subprocess_exec(
        str(AB),
        *("operator", "jobs", *arguments),
        env=os.environ | {"OPERATOR_RABBITMQ_URL": troupe.rabbitmq_url, "COLUMNS": "250"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == code, printed
    return printed.decode()


async def test_an_operator_stops_begins_again_and_lists_jobs(troupe: Troupe) -> None:
    async with listening_to_silence(troupe) as listener:
        told = (await troupe.depths())["auth.events"]
        created = await given_a_job(listener)
        job = str(created.job.id)
        assert job in await operate(troupe, "list")
        assert "cancelled" in await operate(troupe, "cancel", job, "--why", "a trial")
        await operate(troupe, "cancel", job, code=1)
        assert job in {row["job"]["id"] for row in json.loads(await failed_jobs(troupe))}
        assert "queued" in await operate(troupe, "retry", job)
        troupe.ensure("tts")
        assert (await listener.ended(created.job.id)).status == "completed"
        await operate(troupe, "requeue", job, code=1)
        await operate(troupe, "retry", "nothing", code=2)
        await troupe.quiet()
        # Two deeds, both in the trail; what was refused is none.
        assert (await troupe.depths())["auth.events"] == told + 2


async def failed_jobs(troupe: Troupe) -> str:
    return await operate(troupe, "list", "failed", "--json", "--limit", "5")


async def test_a_generation_whose_job_was_never_written_goes_back(troupe: Troupe) -> None:
    troupe.only(*WORKERS)
    session = troupe.actor("session")
    async with listening(troupe) as listener:
        left = await listener.left()
        # The database dies between the reservation and the job, and nobody asks again.
        request = rpc.ReserveGeneration(reservation_id=uuid4(), user_id=listener.user_id)
        async with calling(troupe, "session") as bus:
            await bus.call(request)
        assert await listener.left() == left - 1
        async with troupe.connected("entitlement") as connection:
            await connection.execute(
                "UPDATE reservations SET reserved_at = reserved_at - interval '3 minutes'"
                " WHERE user_id = $1",
                listener.user_id,
            )
        assert session.running

        async def given_back() -> bool:
            return await listener.left() == left

        await eventually(given_back)


async def test_nothing_is_left_in_work(troupe: Troupe) -> None:
    """Whatever the tests above did to it."""
    troupe.only(*WORKERS)
    async with listening(troupe):
        await troupe.quiet()
        assert await troupe.rows("session", LIVE) == []

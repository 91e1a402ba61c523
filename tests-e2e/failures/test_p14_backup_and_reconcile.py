"""P14: a restored stack has every session; what is missing is made again, orphans go."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.lines import new_line
from ab_local.broker_packages import find_broker
from ab_local.layout import BROKER
from ab_shared.contracts.http import DraftSession, ErrorCode
from failures.restored_stack import OwnStack, own_stack
from failures.whole_day import within_one_day

EMAIL, PASSWORD = f"p14-{secrets.token_hex(6)}@example.com", secrets.token_hex(12)
SESSIONS = 3
ADDRESS = "f" * 64
ORPHANS = (
    ("ab-speech", f"speech/ff/{ADDRESS}"),
    ("ab-reads", f"prepared/ff/{ADDRESS}.abpr"),
    ("ab-media", f"tracks/{ADDRESS}/affirmations.m4a"),
    ("ab-media", f"stems/{ADDRESS}/Nobody knows it.m4a"),
)


@pytest.fixture
def stack() -> Iterator[OwnStack]:
    """A stack that may be wiped."""
    if not os.environ.get("AB_TEST_STACK"):
        pytest.skip("starts a stack of its own beside that of 'make test': run through that")
    if find_broker(BROKER) is None:
        pytest.skip("a stack of its own needs RabbitMQ: make setup")
    with own_stack() as running:
        yield running


@dataclass(frozen=True)
class Played:
    """A session as its owner gets it."""

    title: str
    lines: list[str]
    track: bytes
    remaining: int


async def make_sessions(client: ApiClient) -> list[UUID]:
    """Sessions that are ready."""
    made = []
    for number in range(SESSIONS):
        draft = DraftSession(
            title=f"Session {number}", affirmations=[new_line(), new_line()], voice_id="nova"
        )
        created = await client.create_session(draft)
        await wait_for(client, created.audio_job_id)
        made.append(created.id)
    return made


async def play(client: ApiClient, session_id: UUID) -> Played:
    """Everything a player fetches, all three layers."""
    session = await client.session(session_id)
    bundle = await client.bundle(session_id)
    layers = [bundle.background.url_by_platform.ios]
    if bundle.binaural:
        layers.append(bundle.binaural.url_by_platform.ios)
    async with httpx.AsyncClient(trust_env=False) as player:
        track = (await player.get(str(bundle.affirmations_merged_url))).raise_for_status().content
        for layer in layers:
            (await player.get(str(layer))).raise_for_status()
    remaining = (await client.entitlement()).remaining_free_generations_today
    return Played(session.title, list(session.affirmations), track, remaining)


async def cannot_play(client: ApiClient, session_id: UUID) -> bool:
    """Whether the API says so itself."""
    try:
        await client.bundle(session_id)
    except ApiRefusal as refusal:
        return refusal.error.code is ErrorCode.AUDIO_NOT_READY
    return False


def break_things(stack: OwnStack) -> dict[str, int]:
    """All speech, one prepared read, all tracks but one and every stem are gone; how many each."""
    mine = [entry for entry in stack.objects() if ADDRESS not in entry.key]
    speech, prepared, tracks, stems = (
        [entry for entry in mine if entry.key.startswith(f"{folder}/")]
        for folder in ("speech", "prepared", "tracks", "stems")
    )
    lost = {"speech": speech, "prepared": prepared[:1], "track": tracks[1:]}
    for entry in chain(stems, *lost.values()):
        stack.lose(entry.bucket, entry.key)
    return {kind: len(entries) for kind, entries in lost.items()}


def spare_what_is_young(stack: OwnStack) -> None:
    """What nobody names may be named in a moment: it stays for its grace."""
    for bucket, key in ORPHANS:
        stack.plant(bucket, key)
    found = stack.reconcile()
    assert sum(kind["orphans"] for kind in found.values()) >= len(ORPHANS)
    assert sum(kind["lost"] + kind["swept"] for kind in found.values()) == 0
    assert {(entry.bucket, entry.key) for entry in stack.objects()} >= set(ORPHANS)


@pytest.mark.timeout(900)
async def test_a_restored_and_reconciled_stack_plays_every_session(stack: OwnStack) -> None:
    await within_one_day(lasts=300)
    async with ApiClient(stack.gateway_url) as client:
        await client.register(EMAIL, PASSWORD)
        sessions = await make_sessions(client)
        before = [await play(client, session) for session in sessions]
    stack.local("backup", "--to", str(stack.folder / "backup"), "--objects")
    stack.wipe()

    stack.local("restore", "--from", str(stack.folder / "backup"))
    stack.local("up", "--quiet")
    async with ApiClient(stack.gateway_url) as client:
        await client.login(EMAIL, PASSWORD)
        assert [await play(client, session) for session in sessions] == before

        spare_what_is_young(stack)
        lost = break_things(stack)
        keys = {(entry.bucket, entry.key) for entry in stack.objects()}
        found = stack.reconcile("--dry-run", says=3)
        assert {kind: found[kind]["lost"] for kind in lost} == lost
        # Not counted: a stem that was published after its database was dumped has no row.
        assert found["stem"]["lost"] > 0
        assert {(entry.bucket, entry.key) for entry in stack.objects()} == keys

        mended = stack.reconcile("--grace-hours", "0")
        assert {kind: mended[kind]["lost"] for kind in lost} == lost
        assert mended["track"]["sessions"] == SESSIONS - 1
        assert sum(kind["swept"] for kind in mended.values()) >= len(ORPHANS)
        assert not {(entry.bucket, entry.key) for entry in stack.objects()} & set(ORPHANS)

        assert all([await cannot_play(client, session) for session in sessions])
        for session in sessions:
            state = await client.ensure_audio(session)
            if state.job_id is not None:
                await wait_for(client, state.job_id)
        assert [await play(client, session) for session in sessions] == before
    # What was lost and nobody asked for yet is unknown, not missing.
    stack.reconcile("--dry-run")

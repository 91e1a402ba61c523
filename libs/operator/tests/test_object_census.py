"""Rows, beliefs and objects are compared service by service, page by page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from ab_operator.object_census import KINDS, Found, ObjectCensus
from ab_shared.contracts import reconciling
from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.contracts.reconciling import Kind
from ab_shared.messaging.ports import Subscriptions
from ab_shared.testing.memory_broker import MemoryBroker
from ab_shared.testing.memory_bus import MemoryBus

PAGE = 2


@dataclass
class World:
    """What the three services hold: rows, objects and session's beliefs, by kind and name."""

    rows: dict[Kind, set[str]] = field(default_factory=dict)
    objects: dict[Kind, set[str]] = field(default_factory=dict)
    beliefs: dict[Kind, set[str]] = field(default_factory=dict)
    graces: set[int] = field(default_factory=set)

    async def check(self, asked: reconciling.CheckObjects) -> reconciling.CheckedObjects:
        rows, stored = self.rows.get(asked.kind, set()), self.objects.get(asked.kind, set())
        chosen = sorted(rows & set(asked.names) if asked.names else rows)
        page = chosen if asked.names else [n for n in chosen if n > asked.after][:PAGE]
        lost = [name for name in page if name not in stored]
        if not asked.dry_run:
            rows -= set(lost)
        unknown = [name for name in asked.names if name not in chosen]
        more = not asked.names and len(page) == PAGE
        return reconciling.CheckedObjects(
            checked=len(page), missing=(*lost, *unknown), next=page[-1] if more else None
        )

    async def sweep(self, asked: reconciling.SweepObjects) -> reconciling.SweptObjects:
        self.graces.add(asked.grace_seconds)
        stored = self.objects.get(asked.kind, set())
        page = [name for name in sorted(stored) if name > asked.after][:PAGE]
        orphans = set(page) - self.rows.get(asked.kind, set())
        if not asked.dry_run:
            stored -= orphans
        return reconciling.SweptObjects(
            checked=len(page),
            orphans=len(orphans),
            deleted=0 if asked.dry_run else len(orphans),
            next=page[-1] if len(page) == PAGE else None,
        )

    async def known(self, asked: reconciling.ListSounds) -> reconciling.SoundPage:
        page = [n for n in sorted(self.beliefs.get(asked.kind, ())) if n > asked.after][:PAGE]
        return reconciling.SoundPage(names=tuple(page), next=page[-1] if page else None)

    async def forget(self, asked: reconciling.ForgetSounds) -> reconciling.ForgottenSounds:
        self.beliefs[asked.kind] -= set(asked.names)
        sessions = len(asked.names) if asked.kind == "track" else 0
        return reconciling.ForgottenSounds(sounds=len(asked.names), sessions=sessions)


@pytest.fixture
def world() -> World:
    return World(
        rows={"speech": {"a", "b", "c"}, "track": {"t", "u"}, "stem": {"s"}, "mixdown": {"m", "n"}},
        objects={
            "speech": {"a", "c", "x"},
            "prepared": set(),
            "track": {"t"},
            "stem": {"s"},
            "mixdown": {"n", "o"},
        },
        beliefs={
            "speech": {"a", "b"},
            "prepared": {"p"},
            "track": {"t", "u", "v"},
            "stem": {"s"},
            "mixdown": {"m", "n"},
        },
    )


@pytest.fixture
async def desk(world: World) -> AsyncIterator[MemoryBus]:
    """The operator's end of a broker on which the three services answer."""
    broker = MemoryBroker()
    heard = {name: Subscriptions() for name in ("tts", "stitching", "session")}
    heard["tts"].answer(reconciling.CheckSpeech, world.check)
    heard["tts"].answer(reconciling.SweepSpeech, world.sweep)
    heard["stitching"].answer(reconciling.CheckAudio, world.check)
    heard["stitching"].answer(reconciling.SweepAudio, world.sweep)
    heard["session"].answer(reconciling.ListSounds, world.known)
    heard["session"].answer(reconciling.ForgetSounds, world.forget)
    buses = {name: broker.bus(name) for name in (*heard, OPERATOR)}
    for name, subscriptions in heard.items():
        await buses[name].serve(subscriptions)
    yield buses[OPERATOR]
    for bus in buses.values():
        await bus.close()


async def run(desk: MemoryBus, *, dry_run: bool = False) -> Found:
    census = ObjectCensus(desk, dry_run=dry_run, grace_seconds=60)
    return await census.run(lambda _: None)


async def test_makers_forget_first_then_session(world: World, desk: MemoryBus) -> None:
    found = await run(desk)
    speech, track = found.tallies["speech"], found.tallies["track"]
    assert (speech.checked, speech.lost, speech.forgotten) == (3, 1, 1)
    assert (track.checked, track.lost, track.forgotten, track.sessions) == (2, 1, 2, 2)
    mixdown = found.tallies["mixdown"]
    assert (mixdown.checked, mixdown.lost, mixdown.forgotten, mixdown.sessions) == (2, 1, 1, 0)
    left = {"speech": {"a", "c"}, "track": {"t"}, "stem": {"s"}, "mixdown": {"n"}}
    assert world.rows == left
    assert world.beliefs == {**left, "speech": {"a"}, "prepared": set()}
    assert not found.agrees


async def test_orphans_are_swept_with_the_grace_asked_for(world: World, desk: MemoryBus) -> None:
    found = await run(desk)
    assert (found.tallies["speech"].orphans, found.tallies["speech"].swept) == (1, 1)
    assert world.objects["speech"] == {"a", "c"}
    assert (found.tallies["mixdown"].orphans, found.tallies["mixdown"].swept) == (1, 1)
    assert world.objects["mixdown"] == {"n"}
    assert world.graces == {60}


async def test_a_second_run_finds_nothing(desk: MemoryBus) -> None:
    await run(desk)
    again = await run(desk)
    assert again.agrees
    assert sum(tally.orphans for tally in again.tallies.values()) == 0


async def test_a_dry_run_changes_nothing_and_says_the_same(world: World, desk: MemoryBus) -> None:
    before = repr(world.rows), repr(world.objects), repr(world.beliefs)
    dry = await run(desk, dry_run=True)
    assert (repr(world.rows), repr(world.objects), repr(world.beliefs)) == before
    done = await run(desk)
    for kind in KINDS:
        assert dry.tallies[kind].lost == done.tallies[kind].lost
        assert dry.tallies[kind].forgotten == done.tallies[kind].forgotten
        assert dry.tallies[kind].orphans == done.tallies[kind].orphans
    assert dry.tallies["speech"].swept == dry.tallies["track"].sessions == 0


def test_figures_can_be_read_by_programs() -> None:
    assert json.loads(json.dumps(Found().as_dict())).keys() == set(KINDS)

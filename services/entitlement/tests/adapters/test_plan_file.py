"""Plans as a file that operators change while the service runs."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from ab_entitlement.adapters.plan_file import SHIPPED, FilePlans, parse
from ab_entitlement.domain.plans import Budget
from ab_shared.errors import SettingsInvalid

WRITTEN = SHIPPED.read_text(encoding="utf-8")


def change(path: Path, old: str, new: str) -> None:
    """As an editor does: a new file, moved into place."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    fresh = path.with_suffix(".new")
    fresh.write_text(text.replace(old, new), encoding="utf-8")
    fresh.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plans.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    return path


def test_the_shipped_plans_are_those_of_the_product() -> None:
    plans = FilePlans(None).plans
    assert (plans.free.daily_generations, plans.free.offline_downloads) == (2, False)
    assert (plans.pro.daily_generations, plans.pro.offline_downloads) == (None, True)
    assert plans.pro.granted_by == {"pro", "premium", "entrain_pro"}
    assert plans.free.mixdown_minutes == 0
    assert (plans.day, plans.hold, plans.optimism) == (
        "utc",
        timedelta(hours=1),
        timedelta(hours=48),
    )
    # Two of the longest sessions that the API takes, every read of them new.
    assert plans.free.budget.characters == 2 * 50 * 500 * 2


def test_a_change_is_taken_with_another_version(path: Path) -> None:
    book = FilePlans(path, lambda plans: replace(plans, accept_sandbox=True))
    before = book.plans.version
    change(path, "daily_generations = 2", "daily_generations = 3")
    book.look()
    assert book.plans.free.daily_generations == 3
    assert book.plans.accept_sandbox
    assert book.plans.version != before


def test_asking_is_enough_to_hear_of_a_change(path: Path) -> None:
    book = FilePlans(path)
    change(path, "daily_generations = 2", "daily_generations = 3")
    book._looked -= 60
    assert book.plans.free.daily_generations == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("daily_generations = 2", "daily_generations = -1"),
        ("daily_generations = 2", "daily_generations = 2.5"),
        ("daily_generations = 2", "daily_generations = true"),
        ("daily_generations = 2", 'daily_generations = "lots"'),
        ("daily_generations = 2", "daily_generations = 99999999999999999999"),
        ("daily_generations = 2", "daily_generation = 2"),
        ("daily_generations = 2", ""),
        ("lines_per_session = 50", "lines_per_session = 0"),
        ("hold_minutes = 60", "hold_minutes = 1"),
        ('day = "utc"', 'day = "local"'),
        ("[plans.pro]", "[plans.platinum]"),
        ('voices = "all"', "voices = []"),
        ("[plans.free]", "[plans.free"),
    ],
)
def test_a_broken_file_changes_nothing_and_says_why(
    path: Path, old: str, new: str, caplog: pytest.LogCaptureFixture
) -> None:
    book = FilePlans(path)
    before = book.plans
    change(path, old, new)
    with caplog.at_level(logging.ERROR, logger="ab.entitlement"):
        book.look()
    assert book.plans is before
    assert "refused" in caplog.text
    path.write_text(WRITTEN.replace("daily_generations = 2", "daily_generations = 5"))
    book.look()
    assert book.plans.free.daily_generations == 5


def test_bytes_that_are_no_text_and_a_file_that_is_gone_change_nothing(path: Path) -> None:
    book = FilePlans(path)
    before = book.plans
    path.write_bytes(os.urandom(200) + b"\xff\xfe")
    book.look()
    path.unlink()
    book.look()
    assert book.plans is before


def test_there_is_no_start_without_plans(path: Path) -> None:
    path.write_text("version = 1", encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=r"PLANS_FILE.*plans"):
        FilePlans(path)
    path.unlink()
    with pytest.raises(SettingsInvalid, match="PLANS_FILE"):
        FilePlans(path)


def test_a_budget_grows_with_the_generations_an_environment_lays_over_it() -> None:
    plans = parse(WRITTEN.encode())
    assert plans.giving_away(None) is plans
    assert plans.giving_away(1000).free.budget == Budget(50_000_000, 7_200_000)
    assert plans.giving_away(1).free.budget == plans.free.budget
    assert plans.giving_away(0).free.daily_generations == 0

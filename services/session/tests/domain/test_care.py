"""What is said to somebody in need: help where they live, in words that arrive as they are."""

from __future__ import annotations

import zoneinfo

import pytest
from ab_session.adapters.help_lines import load_care
from ab_session.adapters.zone_countries import country_of
from ab_session.domain.moderation.care import EVERYWHERE, MISREAD, CareBook
from ab_session.domain.moderation.telling import ABOUT, help_in, refusal
from ab_session.domain.moderation.verdict import Checked, approved, rejected
from ab_session.settings import SessionSettings
from ab_shared.contracts.care import HelpLine
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import load

BOOK = load_care()
NORWAY = HelpLine(name="Mental Helse", contact="call 116 123", url="https://mentalhelse.no")


@pytest.mark.parametrize("region", [*BOOK.lines, None, "AQ"])
def test_whatever_is_said_is_misread_by_no_app(region: str | None) -> None:
    care = BOOK.care(None if region == EVERYWHERE else region)
    assert not MISREAD.search(care.message)
    assert not MISREAD.search(help_in(care))
    assert care.resources
    assert all(line.contact in care.message for line in care.resources)
    assert care.message.endswith("please call your local emergency number now.")


@pytest.mark.parametrize(
    ("zone", "country", "contact"),
    [
        ("America/New_York", "US", "call or text 988"),
        ("US/Pacific", "US", "call or text 988"),
        ("America/Toronto", "CA", "call or text 988"),
        ("Europe/London", "GB", "call 116 123"),
        ("GB", "GB", "call 116 123"),
        ("Europe/Dublin", "IE", "call 116 123"),
        ("Australia/Sydney", "AU", "call 13 11 14"),
        ("Pacific/Auckland", "NZ", "call or text 1737"),
        ("Europe/Berlin", "DE", "call 0800 111 0 111"),
        ("Europe/Vienna", "AT", "call 142"),
        ("Asia/Tokyo", "JP", "findahelpline.com"),
        ("UTC", None, "findahelpline.com"),
        ("Etc/GMT+5", None, "findahelpline.com"),
        ("Mars/Olympus", None, "findahelpline.com"),
    ],
)
def test_a_zone_leads_to_help(zone: str, country: str | None, contact: str) -> None:
    assert country_of(zone) == country
    care = BOOK.care(country_of(zone))
    assert contact in care.resources[0].contact
    assert care.region == (country if country in BOOK.lines else None)


def test_most_zones_lie_in_a_country() -> None:
    zones = zoneinfo.available_timezones()
    placed = [zone for zone in zones if country_of(zone)]
    assert len(placed) > 0.85 * len(zones)
    assert {country_of(zone) for zone in placed} >= BOOK.lines.keys() - {EVERYWHERE}


def test_settings_replace_and_add_countries() -> None:
    book = load_care({"NO": [NORWAY], "US": [NORWAY]})
    assert book.care("NO").resources == book.care("US").resources == (NORWAY,)
    assert book.care("GB") == BOOK.care("GB")


@pytest.mark.parametrize(
    "more",
    [
        {"Norway": [NORWAY]},
        {"no": [NORWAY]},
        {"NO": []},
        {"NO": [HelpLine(name="x", contact="call 404")]},
        {"NO": [HelpLine(name="Connection", contact="call 1")]},
    ],
)
def test_lines_that_would_help_nobody_are_refused(more: dict[str, list[HelpLine]]) -> None:
    with pytest.raises(ValueError, match=r"country|help line"):
        load_care(more)


def test_a_book_must_have_something_for_anybody() -> None:
    with pytest.raises(ValueError, match="anybody"):
        CareBook({"NO": (NORWAY,)}).with_lines({})


def test_a_wrong_help_line_keeps_the_service_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = '{"NO": [{"name": "x", "contact": "call 500"}]}'
    monkeypatch.setenv("SESSION_HELP_LINES", wrong)
    with pytest.raises(SettingsInvalid, match="SESSION_HELP_LINES"):
        load(SessionSettings)


def checked(position: int, category: str | None) -> Checked:
    verdict = rejected("builtin", category) if category else approved("builtin")
    return Checked("line", position, f"what was written {position}", "a" * 64, verdict)


def test_a_refusal_names_places_and_reasons_and_no_text() -> None:
    texts = [checked(0, None), checked(1, "hate"), checked(2, "never heard of")]
    told = refusal(texts, None)
    assert told.details == {
        "affirmations.1": "speaks with hate about people",
        "affirmations.2": "is not read aloud here",
    }
    assert "what was written" not in f"{told.message}{told.details}"


def test_a_refusal_names_all_of_fifty_lines_and_help() -> None:
    told = refusal([checked(number, "hate") for number in range(50)], BOOK.care("US"))
    assert len(told.details) == 51
    assert told.message == BOOK.care("US").message


def test_no_reason_is_misread() -> None:
    assert not any(MISREAD.search(told) for told in ABOUT.values())

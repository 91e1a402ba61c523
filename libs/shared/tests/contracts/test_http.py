"""The bodies of the public API, as installed apps read and write them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args
from uuid import UUID

import pytest
from ab_shared.contracts import http as wire
from ab_shared.contracts.http import (
    UNLIMITED,
    ApiError,
    ApiModel,
    CreatedSessionV3,
    EnsureAudioOut,
    JobOut,
    LoudnessOut,
    SessionV3,
)
from ab_shared.errors import ErrorCode
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

ID = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")
NOW = datetime(2026, 1, 2, 3, 4, 5, 678999, tzinfo=UTC)
SESSION: dict[str, Any] = {
    "id": ID,
    "owner_user_id": None,
    "source": "catalog",
    "title": "Wake Up",
    "affirmations": ["I rise."],
    "voice_id": "alloy",
    "created_at": NOW,
    "updated_at": NOW,
}
MODELS = [
    model
    for model in vars(wire).values()
    if isinstance(model, type) and issubclass(model, ApiModel) and model is not ApiModel
]
CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*|_audioJobId")
NULLABLE = {"ownerUserId"}


def sent(model: ApiModel) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(model.model_dump_json())
    return found


def keys(body: object) -> set[str]:
    """Every field name at any depth."""
    if isinstance(body, dict):
        return set(body) | {key for value in body.values() for key in keys(value)}
    return {key for row in body for key in keys(row)} if isinstance(body, list) else set()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_name_on_the_wire_is_camel_case(model: type[ApiModel]) -> None:
    for name, field in model.model_fields.items():
        assert CAMEL.fullmatch(field.alias or name), name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_only_what_is_marked_nullable_may_be_null(model: type[ApiModel]) -> None:
    """Every field that may be None is left out then, but for those of the table."""
    for name, field in model.model_fields.items():
        if type(None) in get_args(field.annotation) and field.alias not in NULLABLE:
            assert field.exclude_if is not None, name
            assert field.exclude_if(None), name


def test_an_absent_field_is_left_out_and_a_nullable_one_is_null() -> None:
    body = sent(SessionV3(**SESSION))
    assert body == {
        "schemaVersion": 3,
        "id": str(ID),
        "ownerUserId": None,
        "source": "catalog",
        "title": "Wake Up",
        "affirmations": ["I rise."],
        "voiceId": "alloy",
        "pace": "slow",
        "createdAt": "2026-01-02T03:04:05.678Z",
        "updatedAt": "2026-01-02T03:04:05.678Z",
    }
    assert "null" not in EnsureAudioOut(status="ready").model_dump_json()


def test_a_present_field_is_sent_even_when_it_is_empty_or_zero() -> None:
    assert sent(SessionV3(**SESSION, goal_tag="", frequency_hz=0.0))["goalTag"] == ""
    assert sent(SessionV3(**SESSION, frequency_hz=0.0))["frequencyHz"] == 0.0


def test_a_new_session_names_its_job() -> None:
    body = sent(CreatedSessionV3(**SESSION, audio_job_id=UUID(int=7)))
    assert body["_audioJobId"] == str(UUID(int=7))
    assert CreatedSessionV3.model_validate(body).audio_job_id == UUID(int=7)
    assert not {key for key in keys(body) if key.startswith("_")} - {"_audioJobId"}


def test_a_job_has_the_fields_the_app_polls() -> None:
    job = JobOut(
        id=ID,
        type="audio",
        status="failed",
        progress=0.5,
        stage="cancelled",
        error="Cancelled",
        session_id=ID,
        created_at=NOW,
        finished_at=NOW,
    )
    body = sent(wire.JobEnvelope(job=job))["job"]
    assert set(body) - {"counts", "stageMs"} == {
        *("id", "type", "status", "progress", "stage", "error", "sessionId", "createdAt"),
        "finishedAt",
    }


def test_loudness_keeps_its_unit_in_capitals() -> None:
    body = sent(LoudnessOut(affirmations_lufs=-20, background_lufs=-32, solfeggio_lufs=-34))
    assert body == {"affirmationsLUFS": -20, "backgroundLUFS": -32, "solfeggioLUFS": -34}


def test_an_error_is_three_fields_or_four() -> None:
    error = ApiError(code=ErrorCode.NOT_FOUND, message="No such session", request_id="abc")
    assert sent(error) == {"code": "NOT_FOUND", "message": "No such session", "requestId": "abc"}
    assert "details" in sent(error.model_copy(update={"details": {"line": 1}}))


def test_unlimited_is_what_java_script_can_count_to() -> None:
    assert UNLIMITED == 9007199254740991 == 2**53 - 1
    assert int(json.loads(json.dumps(float(UNLIMITED)))) == UNLIMITED


def test_what_is_too_long_is_counted_in_characters() -> None:
    wrong = {"goalTag": "a" * 65, "voiceId": "", "title": "a" * 201, "affirmations": ["a" * 501]}
    with pytest.raises(ValidationError) as refusal:
        wire.DraftSession.model_validate(wrong)
    kinds = {row["loc"][0]: row["type"] for row in refusal.value.errors()}
    long, short = "string_too_long", "string_too_short"
    assert kinds == {"title": long, "goalTag": long, "affirmations": long, "voiceId": short}


def test_a_secret_is_not_in_the_text_of_its_body() -> None:
    said = repr(wire.CredentialsIn(email="ann@example.com", password="correct horse"))
    assert "ann" not in said
    assert "horse" not in said
    assert "t0ken" not in repr(wire.RefreshIn(refresh_token="t0ken"))
    tokens = wire.Tokens(access_token="t0ken", refresh_token="t0ken", expires_in=9)
    assert "t0ken" not in repr(tokens)


class TestInstant:
    INSTANT: TypeAdapter[datetime] = TypeAdapter(wire.Instant)

    def written(self, moment: datetime) -> str:
        text: str = json.loads(self.INSTANT.dump_json(moment))
        return text

    @given(st.datetimes(NOW.replace(year=1970, tzinfo=None), timezones=st.timezones()))
    def test_is_utc_with_z_and_milliseconds(self, moment: datetime) -> None:
        text = self.written(moment)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
        again = self.INSTANT.validate_json(f'"{text}"')
        late = moment.astimezone(UTC) - again
        assert timedelta(0) <= late < timedelta(milliseconds=1)

    def test_takes_its_zone_into_account(self) -> None:
        east = datetime(2026, 1, 2, 1, 30, tzinfo=timezone(timedelta(hours=2)))
        assert self.written(east) == "2026-01-01T23:30:00.000Z"

    def test_without_a_zone_is_utc_already(self) -> None:
        assert self.written(NOW.replace(tzinfo=None)) == "2026-01-02T03:04:05.678Z"

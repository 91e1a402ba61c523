"""The OpenAPI document says everything, and nothing that is not so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from ab_gateway.entrypoints.http.app import public_app
from ab_gateway.entrypoints.http.described import operations
from ab_shared.errors import RequestRefused, all_errors

DOCUMENT: dict[str, Any] = json.loads(json.dumps(public_app().openapi()))
OPERATIONS = {f"{found['operationId']}": (path, found) for path, found in operations(DOCUMENT)}


def bodies(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where, which media type, and what is said of it."""
    places = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for place, told in places.items():
        for media, content in told.get("content", {}).items():
            yield place, media, content


def complaints(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [error.message for error in validator.iter_errors(value)]


def test_no_two_operations_share_a_name() -> None:
    assert len(OPERATIONS) == sum(len(methods) for methods in DOCUMENT["paths"].values())
    assert all(name.isalnum() for name in OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_has_an_example_that_fits_it(name: str) -> None:
    for place, media, content in bodies(OPERATIONS[name][1]):
        shown = [one["value"] for one in content.get("examples", {}).values()]
        shown += [content["example"]] if "example" in content else []
        where = f"{name} {place} {media}: add one to entrypoints/http/examples.py"
        assert shown, where
        if media == "text/event-stream":
            # The schema is that of each event, the example a stream.
            shown = [dict(line.split(": ", 1) for line in shown[0].strip().splitlines())]
        for value in shown:
            assert not complaints(content["schema"], value), where


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_error_is_one_of_the_tree_with_its_status(name: str) -> None:
    path, operation = OPERATIONS[name]
    known = {(error.status, error.code.value) for error in all_errors()}
    for status, told in operation["responses"].items():
        if int(status) >= 400:
            examples = told["content"]["application/json"]["examples"]
            assert {(int(status), code) for code in examples} <= known
            assert all(code == one["value"]["code"] for code, one in examples.items())
            assert all(code in told["description"] for code in examples) or status == "400"
    if path != "/v1/health":
        assert {"429", "500", "503"} <= set(operation["responses"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_tells_its_headers(name: str) -> None:
    path, operation = OPERATIONS[name]
    for status, told in operation["responses"].items():
        headers = set(told["headers"])
        assert "X-Request-Id" in headers
        assert ("Retry-After" in headers) == (status in {"429", "503"})
        assert ("WWW-Authenticate" in headers) == (status == "401")
        assert ("RateLimit" in headers) == (path != "/v1/health")
    cached = "304" in operation["responses"]
    names = {told.get("name", told.get("$ref", "").rpartition("/")[2]) for told in params(name)}
    assert ("If-None-Match" in names) == cached
    if cached:
        assert "ETag" in operation["responses"]["200"]["headers"]


def params(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = OPERATIONS[name][1].get("parameters", [])
    return found


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_link_leads_to_an_operation_and_its_parameters(name: str) -> None:
    for told in OPERATIONS[name][1]["responses"].values():
        for link in told.get("links", {}).values():
            wanted = {told.get("name") for told in params(link["operationId"])}
            assert set(link["parameters"]) <= wanted


def test_what_is_made_links_to_where_it_is_read_and_watched() -> None:
    made = OPERATIONS["createSession"][1]["responses"]["201"]
    led = {link["operationId"] for link in made["links"].values()}
    assert {"readSession", "readJob", "watchJob", "playbackBundle"} <= led
    assert "Location" in made["headers"]
    ensured = OPERATIONS["ensureAudio"][1]["responses"]["200"]["links"]
    assert {link["operationId"] for link in ensured.values()} == {"readJob", "watchJob"}


def test_what_is_no_json_is_told_as_it_is() -> None:
    events = OPERATIONS["watchJob"][1]["responses"]["200"]["content"]
    captions = OPERATIONS["captionsWebvtt"][1]["responses"]["200"]["content"]
    assert (list(events), list(captions)) == (["text/event-stream"], ["text/vtt"])
    assert captions["text/vtt"]["example"].startswith("WEBVTT\n")


def test_nothing_that_is_left_out_is_told_to_be_null() -> None:
    for name in OPERATIONS:
        for told in params(name):
            assert "null" not in json.dumps(told.get("schema", {})), (name, told["name"])


def test_every_code_that_a_caller_can_mend_is_told_somewhere() -> None:
    told = {
        code
        for _, operation in OPERATIONS.values()
        for answer in operation["responses"].values()
        for code in answer.get("content", {}).get("application/json", {}).get("examples", {})
    }
    assert {error.code.value for error in all_errors(RequestRefused)} <= told

"""Completes the OpenAPI document: names, headers, examples and links that no route spells out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ab_shared.errors import InvalidSessionId

from ab_gateway.entrypoints.http import examples
from ab_gateway.entrypoints.http.documents import API_KEY, BEARER, SCHEMA, error_body

Document = dict[str, Any]
UUID = {
    "type": "string",
    "format": "uuid",
    "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
}
# Beside parameters that are read by hand: the rule that the hand has.
OWN_SCHEMAS: dict[str, Document] = {
    "session_id": UUID,
    "job_id": UUID,
    "Idempotency-Key": {
        "type": "string",
        "pattern": r'^("[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$',
    },
}
HEADERS = {
    "X-Request-Id": "What the client called this request, else what we call it",
    "RateLimit-Policy": 'The window that was counted: `"burst";q=100;w=60`',
    "RateLimit": 'What is left of it, and for how many seconds: `"burst";r=99;t=60`',
    "Retry-After": "In how many seconds to come back",
    "ETag": "Names what was answered; send it back as If-None-Match",
    "Location": "Where what was made is read",
    "WWW-Authenticate": "Bearer",
    "Cache-Control": "no-store on whatever is personal",
}
# Beside those that every answer has.
HEADERS_OF = {
    "304": ("ETag",),
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
PARAMETERS: dict[str, str] = {
    "X-Request-Id": "What the client calls this request; echoed, and in every log line of it",
    "traceparent": "W3C trace context; the trace goes on from it",
    "If-None-Match": "ETags of what the client has; 304 when one of them still holds",
}
SECURITY = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A session token of a configured issuer: Clerk, or the built-in one",
    },
    API_KEY: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "abk_<id>_<secret>",
        "description": "A machine's key; it may do what its scopes say",
    },
}
SPELLED = {"last-event-id": "Last-Event-ID"}
UNCOUNTED = "/v1/health"
PREFIX = "/v1"


def _link(operation: str, about: str, **parameters: str) -> Document:
    wanted = {name: f"$response.body#/{path}" for name, path in parameters.items()}
    return {"operationId": operation, "description": about, "parameters": wanted}


READ_JOB = _link("readJob", "Poll the job", job_id="jobId")
WATCH_JOB = _link("watchJob", "Watch the job", job_id="jobId")
MADE: Document = {
    "read": _link("readSession", "Read it again", session_id="id"),
    "job": _link("readJob", "Poll its audio job", job_id="_audioJobId"),
    "watch": _link("watchJob", "Watch its audio job", job_id="_audioJobId"),
    "cancel": _link("cancelJob", "Stop its audio job", job_id="_audioJobId"),
    "bundle": _link("playbackBundle", "Play it, once it is ready", session_id="id"),
    "captions": _link("captions", "Its captions, once it is ready", session_id="id"),
    "ensure": _link("ensureAudio", "Make sure that there is audio", session_id="id"),
}
# By operation and status.
LINKS: dict[tuple[str, str], Document] = {
    ("createSession", "201"): MADE,
    ("ensureAudio", "200"): {"job": READ_JOB, "watch": WATCH_JOB},
    ("mixdown", "200"): {"job": READ_JOB, "watch": WATCH_JOB},
    ("listSessions", "200"): {
        "next": _link("listSessions", "The next page", cursor="nextCursor"),
        "first": _link("readSession", "Read the first one", session_id="sessions/0/id"),
        "play": _link("playbackBundle", "Play the first one", session_id="sessions/0/id"),
    },
    ("cancelJob", "200"): {"read": _link("readJob", "Read it again", job_id="job/id")},
}


def complete(made: Document) -> None:
    """Adds to the document in place what holds for all routes, or is the same for many."""
    components = made["components"]
    components["securitySchemes"] = SECURITY
    components["headers"] = {
        name: {"description": about, "schema": {"type": "string"}}
        for name, about in HEADERS.items()
    }
    components["parameters"] = {
        name: {"name": name, "in": "header", "description": about, "schema": {"type": "string"}}
        for name, about in PARAMETERS.items()
    }
    for path, operation in operations(made):
        operation["operationId"] = _camel(operation["operationId"])
        _parameters(path, operation)
        _answers(path, operation, components["schemas"])


def operations(made: Document) -> Iterator[tuple[str, Document]]:
    """Every operation with its path."""
    for path, methods in made["paths"].items():
        for operation in methods.values():
            yield path, operation


def methods_at(address: str, made: Document) -> list[str]:
    """Every method that the document tells of at an address, with or without its prefix."""
    wanted = PREFIX + address.removeprefix(PREFIX)
    # An address that is spelled out is no id of the route beside it.
    spelled = made["paths"].get(wanted)
    found = (
        [spelled]
        if spelled
        else [
            methods
            for path, methods in made["paths"].items()
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), wanted)
        ]
    )
    return sorted(method.upper() for methods in found for method in methods)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _parameters(path: str, operation: Document) -> None:
    wanted = operation.setdefault("parameters", [])
    for parameter in wanted:
        if parameter["in"] == "header":
            parameter["name"] = SPELLED.get(parameter["name"], parameter["name"].title())
        own = OWN_SCHEMAS.get(parameter["name"])
        parameter["schema"] = own or not_null(parameter["schema"])
    told = {parameter["name"].lower() for parameter in wanted}
    added = ["X-Request-Id", "traceparent"] if path != UNCOUNTED else []
    if "304" in operation["responses"]:
        added.append("If-None-Match")
    wanted += [
        {"$ref": f"#/components/parameters/{name}"} for name in added if name.lower() not in told
    ]


def not_null(field: Document) -> Document:
    """The schema of something that is left out rather than null."""
    choices = [choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"]
    rest = {key: value for key, value in field.items() if key != "anyOf"}
    if rest.get("default", ...) is None:
        del rest["default"]
    if not choices:
        return rest
    return {**rest, **choices[0]} if len(choices) == 1 else {**rest, "anyOf": choices}


def _answers(path: str, operation: Document, schemas: Document) -> None:
    answers = operation["responses"]
    # FastAPI tells of a 422 of its own wherever there are parameters; ours is a 400.
    if _named(answers.get("422", {})) == "HTTPValidationError":
        del answers["422"]
    operation["responses"] = answers = dict(sorted(answers.items()))
    cached = "304" in answers
    for status, answer in answers.items():
        if links := LINKS.get((operation["operationId"], status)):
            answer["links"] = links
        _headers(path, status, answer, cached=cached)
        if status == "400" and "{session_id}" in path:
            bad = answer["content"]["application/json"]["examples"]
            bad[InvalidSessionId.code.value] = {"value": error_body(InvalidSessionId)}
        _examples(answer, schemas)
        if answer["description"] == "Successful Response":
            answer["description"] = schemas.get(_named(answer), {}).get("description", "Done")
    _examples(operation.get("requestBody", {}), schemas)


def _headers(path: str, status: str, answer: Document, *, cached: bool) -> None:
    names = ["X-Request-Id", *HEADERS_OF.get(status, ())]
    if path != UNCOUNTED:
        names += ["RateLimit-Policy", "RateLimit"]
    if cached and status == "200":
        names.append("ETag")
    if status == "201" and "links" in answer:
        names.append("Location")
    refs = {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names)}
    answer["headers"] = {**refs, **answer.get("headers", {})}


def _examples(body: Document, schemas: Document) -> None:
    for media, content in body.get("content", {}).items():
        if "examples" in content or "example" in content:
            continue
        name = _name(content)
        own = schemas.get(name, {}).get("examples", ())
        shown = own[0] if own else examples.BODIES.get(name, examples.TEXTS.get(media))
        if shown is not None:
            content["example"] = shown


def _named(answer: Document) -> str:
    return _name(answer.get("content", {}).get("application/json", {}))


def _name(content: Document) -> str:
    return str(content.get("schema", {}).get("$ref", "")).removeprefix(SCHEMA)

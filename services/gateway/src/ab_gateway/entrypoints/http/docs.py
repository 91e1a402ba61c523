"""The API's own description: OpenAPI 3.1 and a page that shows it, all from this host."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from ab_gateway.entrypoints.http.described import complete, not_null
from ab_gateway.entrypoints.http.documents import BODIES, SCHEMA
from ab_gateway.entrypoints.http.fixed_body import FixedBody
from ab_gateway.entrypoints.http.guide import guide_page, guide_style
from ab_gateway.entrypoints.http.parts import counted_address

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Affirmation Beats API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#page", deepLinking: true, persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""
_PAGE = FixedBody(PAGE.encode(), "text/html", {"Content-Security-Policy": PAGE_POLICY})
_START = FixedBody(START.encode(), "text/javascript")
ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

BODY_MODE: Literal["validation"] = "validation"

_DOCUMENTS: WeakKeyDictionary[FastAPI, FixedBody] = WeakKeyDictionary()
router = APIRouter(include_in_schema=False, dependencies=[Depends(counted_address)])


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The document."""
    app = request.app
    if app not in _DOCUMENTS:
        written = json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":"))
        _DOCUMENTS[app] = FixedBody(written.encode(), "application/json")
    return _DOCUMENTS[app].answer(request)


@router.get("/docs")
async def page(request: Request) -> Response:
    """The page."""
    return _PAGE.answer(request)


@router.get("/docs/app-developers")
async def app_developers(request: Request) -> Response:
    """The page for app developers."""
    return guide_page().answer(request)


@router.get("/docs/guide.css")
async def guide_css(request: Request) -> Response:
    """The style sheet of that page."""
    return guide_style().answer(request)


@router.get("/docs/start.js")
async def start(request: Request) -> Response:
    """What starts the page; a file of its own, because the page may run no inline script."""
    return _START.answer(request)


@router.get("/docs/swagger-ui.css")
async def style(request: Request) -> Response:
    """The page's style sheet."""
    return _asset("swagger-ui.css").answer(request)


@router.get("/docs/swagger-ui-bundle.js")
async def script(request: Request) -> Response:
    """The page's program."""
    return _asset("swagger-ui-bundle.js").answer(request)


@cache
def _asset(name: str) -> FixedBody:
    # Swagger UI as the fastapi-offline wheel ships it; nothing else of that package is used.
    body = files("fastapi_offline").joinpath("static", name).read_bytes()
    return FixedBody(body, ASSETS[name])


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: what the routes declare, and the bodies that they read themselves."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=app.servers,
    )
    components = made.setdefault("components", {})
    wanted = [(body, BODY_MODE) for body in BODIES]
    _, bodies = models_json_schema(wanted, ref_template=SCHEMA + "{model}")
    schemas = {**components.get("schemas", {}), **bodies.get("$defs", {})}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    # A null that somebody sends for a field is taken as if the field were left out.
    taken = bodies.get("$defs", {})
    components["schemas"] = {
        name: schemas[name] if name in taken else _without_null(schemas[name])
        for name in sorted(schemas)
    }
    complete(made)
    return made


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Fields that may be left out are never null on the wire: the schema says so too."""
    required = set(schema.get("required", ()))
    fields = schema.get("properties", {})
    kept = {name: f if name in required else not_null(f) for name, f in fields.items()}
    return {**schema, "properties": kept} if fields else schema

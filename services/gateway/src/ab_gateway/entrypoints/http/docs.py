"""The API's own description: OpenAPI 3.1 and a page that shows it, all from this host."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from ab_shared.errors import NotFound
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.responses import JSONResponse, Response

from ab_gateway.entrypoints.http.described import complete, not_null
from ab_gateway.entrypoints.http.documents import BODIES, SCHEMA
from ab_gateway.entrypoints.http.parts import counted_address

CACHEABLE = {"Cache-Control": "public, max-age=3600"}
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
ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

# Beside the package, where people read it; images hold the service's whole folder.
GUIDE = Path(__file__).parents[4] / "docs/app-developers.md"
BODY_MODE: Literal["validation"] = "validation"

router = APIRouter(include_in_schema=False, dependencies=[Depends(counted_address)])


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The document."""
    return JSONResponse(request.app.openapi(), headers=CACHEABLE)


@router.get("/docs")
async def page() -> Response:
    """The page."""
    headers = {**CACHEABLE, "Content-Security-Policy": PAGE_POLICY}
    return Response(PAGE, media_type="text/html", headers=headers)


@router.get("/docs/app-developers")
async def app_developers() -> Response:
    """The page for app developers, as plain text: browsers show that everywhere."""
    return Response(_guide(), media_type="text/plain; charset=utf-8", headers=CACHEABLE)


@router.get("/docs/start.js")
async def start() -> Response:
    """What starts the page; a file of its own, because the page may run no inline script."""
    return Response(START, media_type="text/javascript", headers=CACHEABLE)


@router.get("/docs/swagger-ui.css")
async def style() -> Response:
    """The page's style sheet."""
    return _asset("swagger-ui.css")


@router.get("/docs/swagger-ui-bundle.js")
async def script() -> Response:
    """The page's program."""
    return _asset("swagger-ui-bundle.js")


def _asset(name: str) -> Response:
    return Response(_read(name), media_type=ASSETS[name], headers=CACHEABLE)


@cache
def _guide() -> bytes:
    try:
        return GUIDE.read_bytes()
    except FileNotFoundError:
        raise NotFound("The page is not part of this installation") from None


@cache
def _read(name: str) -> bytes:
    # Swagger UI as the fastapi-offline wheel ships it; nothing else of that package is used.
    return files("fastapi_offline").joinpath("static", name).read_bytes()


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

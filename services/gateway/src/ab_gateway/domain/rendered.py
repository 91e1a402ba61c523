"""Bodies written once and sent many times: what is cached is unsigned, URLs are put in later."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from ab_shared.contracts import rpc
from ab_shared.contracts.http import ApiModel

from ab_gateway.domain import presenting
from ab_gateway.domain.presenting import Sign

# What the door makes of the tag of a body that it compresses.
GZIPPED = '-gzip"'
# Where the URL of a track goes; random, so that no text of a listener can be taken for it.
PLACE = f"url-{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body without URLs, and the strong ETag of it."""

    body: bytes
    etag: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class RenderedSession:
    """A session but for the URL of its track; ``etag`` covers which track it is."""

    owner_user_id: str | None
    version: int
    pieces: tuple[bytes, ...]
    track_key: str | None
    etag: str

    def visible_to(self, user_id: str | None) -> bool:
        """Whether it is of the catalogue or the user's own."""
        return self.owner_user_id is None or self.owner_user_id == user_id

    def body(self, sign: Sign) -> bytes:
        """The whole body, with a URL signed now."""
        if self.track_key is None:
            return self.pieces[0]
        return json.dumps(sign(self.track_key))[1:-1].encode().join(self.pieces)


def rendered(model: ApiModel) -> Rendered:
    """A body that holds no URL."""
    body = model.model_dump_json().encode()
    return Rendered(body, _tag(body))


def rendered_session(view: rpc.SessionView) -> RenderedSession:
    """A session as anybody who may see it is shown it."""
    body = presenting.session(view, lambda _key: PLACE).model_dump_json().encode()
    key = view.audio.track.key if view.audio else None
    pieces = tuple(body.split(PLACE.encode()))
    etag = _tag((key or "").encode().join(pieces))
    return RenderedSession(view.owner_user_id, view.version, pieces, key, etag)


@lru_cache(maxsize=4096)
def rendered_entitlement(held: rpc.Entitlement) -> Rendered:
    """What somebody may do; many users' entitlements are the same."""
    return rendered(presenting.entitlement(held))


def names_tag(sent: str, tag: str) -> bool:
    """Whether an ``If-Match`` names this tag, whatever a proxy or gzip made of it."""
    named = [one.strip().removeprefix("W/") for one in sent.split(",")]
    return "*" in named or tag in {one.replace(GZIPPED, '"') for one in named}


def _tag(unsigned: bytes) -> str:
    return f'"{sha256(unsigned).hexdigest()[:32]}"'

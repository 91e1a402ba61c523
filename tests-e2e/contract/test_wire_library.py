"""Editing, deleting, marking, copying and sharing answer as the product page says."""

from __future__ import annotations

import httpx
import pytest
from ab_client.lines import new_line

from contract import shapes
from contract.shapes import each, instant, of, text, uuid, whole
from contract.test_wire import WAKE_UP, completed, draft, refused, shaped

pytestmark = pytest.mark.journey
EDITED: shapes.Shape = {**shapes.SESSION, "_audioJobId?": uuid, "_newReads": whole}
SHARE: shapes.Shape = {"id": uuid, "createdAt": instant, "expiresAt": instant}
SHARED: shapes.Shape = {
    "title": text,
    "goalTag?": text,
    "affirmations": each(text, 1),
    "expiresAt": instant,
    "bundle?": of(shapes.BUNDLE),
}


async def test_a_session_is_edited_and_deleted(
    somebody: httpx.AsyncClient, nobody: httpx.AsyncClient, prefix: str
) -> None:
    made = shaped(await somebody.post(f"{prefix}/sessions", json=draft()), shapes.CREATED, 201)
    where = f"{prefix}/sessions/{made['id']}"
    await completed(somebody, prefix, made["_audioJobId"])
    edited = shaped(await somebody.patch(where, json={"title": "Other", "new": None}), EDITED)
    assert (edited["title"], edited["_newReads"]) == ("Other", 0)
    assert "audio" in edited
    lines = {"affirmations": [*made["affirmations"], new_line()]}
    longer = shaped(await somebody.patch(where, json=lines), EDITED)
    assert "audio" not in longer
    refused(await somebody.get(f"{where}/playback-bundle"), 404, "AUDIO_NOT_READY")
    await completed(somebody, prefix, longer["_audioJobId"])
    assert shaped(await somebody.get(where), shapes.SESSION)["audio"]
    refused(await nobody.patch(where, json={"title": "T"}), 401, "UNAUTHORIZED")
    refused(await somebody.patch(where, json={"affirmations": []}), 400, "VALIDATION_ERROR")
    catalogue = f"{prefix}/sessions/{WAKE_UP}"
    refused(await somebody.patch(catalogue, json={"title": "T"}), 403, "FORBIDDEN")
    refused(await somebody.delete(catalogue), 403, "FORBIDDEN")
    for _ in range(2):
        gone = await somebody.delete(where)
        assert (gone.status_code, gone.content) == (204, b"")
    refused(await somebody.get(where), 404, "NOT_FOUND")


async def test_a_session_is_marked_copied_and_shared(
    somebody: httpx.AsyncClient, nobody: httpx.AsyncClient, prefix: str
) -> None:
    catalogue = f"{prefix}/sessions/{WAKE_UP}"
    assert (await somebody.put(f"{catalogue}/favourite")).status_code == 204
    listed = await somebody.get(f"{prefix}/sessions", params={"favourites": "true"})
    (row,) = shaped(listed, shapes.LIST)["sessions"]
    assert (row["id"], row["favourite"]) == (WAKE_UP, True)
    copied = await somebody.post(f"{catalogue}/duplicate", json={"title": "Wach auf"})
    copy = shaped(copied, shapes.CREATED, 201)
    found = await somebody.get(f"{prefix}/sessions", params={"q": "WACH"})
    assert [one["id"] for one in shaped(found, shapes.LIST)["sessions"]] == [copy["id"]]
    where = f"{prefix}/sessions/{copy['id']}"
    made = await somebody.post(f"{where}/share", json={"expiresInHours": 1})
    link = shaped(made, {**SHARE, "token": text, "path": text}, 201)
    opened = await nobody.get(f"{prefix}/shared/{link['token']}")
    assert shaped(opened, SHARED)["title"] == "Wach auf"
    assert opened.headers["cache-control"] == "no-store"
    shares = await somebody.get(f"{where}/shares")
    assert len(shaped(shares, {"shares": each(of(SHARE))})["shares"]) == 1
    assert (await somebody.delete(f"{where}/shares/{link['id']}")).status_code == 204
    refused(await nobody.get(f"{prefix}/shared/{link['token']}"), 404, "NOT_FOUND")
    refused(await nobody.get(f"{prefix}/shared/{'A' * 43}"), 404, "NOT_FOUND")

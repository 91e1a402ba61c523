"""A virtual host of the broker for each test, so that no test hears another's messages."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, unquote, urlsplit

TIMEOUT_SECONDS = 10.0
BAD_REQUEST = 400


def _ask(management_url: str, user: str, password: str, method: str, path: str) -> None:
    host = urlsplit(management_url).netloc
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_SECONDS)
    login = base64.b64encode(f"{user}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    every = {"configure": ".*", "write": ".*", "read": ".*"}
    body = json.dumps(every if path.startswith("permissions") else {})
    try:
        connection.request(method, f"/api/{path}", body, headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status >= BAD_REQUEST:
        raise RuntimeError(f"The broker's management answers {answer.status} to {method} {path}")


@contextmanager
def virtual_host(amqp_url: str, management_url: str) -> Iterator[str]:
    """The broker's URL with a virtual host of its own, gone with all its queues afterwards."""
    parts = urlsplit(amqp_url)
    user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    name = f"test-{secrets.token_hex(6)}"
    _ask(management_url, user, password, "PUT", f"vhosts/{name}")
    try:
        _ask(management_url, user, password, "PUT", f"permissions/{name}/{quote(user)}")
        yield parts._replace(path=f"/{name}").geturl()
    finally:
        _ask(management_url, user, password, "DELETE", f"vhosts/{name}")

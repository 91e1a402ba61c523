"""Passwords and keys of one instance: made once, kept in a private file."""

import base64
import json
import secrets
from pathlib import Path
from threading import Lock

from ab_local.layout import read_json, write_private

SECRET_BYTES = 24
KEY_BYTES = 32


class Credentials:
    """Generated secrets by name; a name asked for the first time gets one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # The parts are prepared in threads of their own.
        self._writing = Lock()
        self._known: dict[str, str] = {name: str(value) for name, value in read_json(path).items()}

    def password(self, name: str) -> str:
        """Return the password of this name, made of letters and digits safe in a URL."""
        return self._remembered(name, secrets.token_hex(SECRET_BYTES))

    def hex_key(self, name: str) -> str:
        """Return 32 random bytes in hexadecimal."""
        return self._remembered(name, secrets.token_hex(KEY_BYTES))

    def base64_key(self, name: str) -> str:
        """Return 32 random bytes in URL-safe base64."""
        fresh = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        return self._remembered(name, fresh)

    def _remembered(self, name: str, fresh: str) -> str:
        with self._writing:
            if name not in self._known:
                self._known[name] = fresh
                write_private(self._path, json.dumps(self._known, indent=1, sort_keys=True))
            return self._known[name]

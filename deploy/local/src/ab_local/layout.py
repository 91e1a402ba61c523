"""Where one instance of the stack keeps its files."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[4]
BROKER = REPOSITORY / ".local/broker"
OBSERVERS = REPOSITORY / ".local/observers"


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner can read it."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file, or an empty one when the file isn't there."""
    try:
        loaded = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


@dataclass(frozen=True)
class Layout:
    """The files and folders of one instance."""

    state: Path
    name: str

    @property
    def credentials(self) -> Path:
        """Everything generated once that must stay secret and the same."""
        return self.state / "credentials.json"

    @property
    def ports(self) -> Path:
        """The ports of the last start."""
        return self.state / "ports.json"

    @property
    def status(self) -> Path:
        """What the supervisor last knew of itself and of its children."""
        return self.state / "status.json"

    @property
    def stack(self) -> Path:
        """Every address and credential, for programs; there while the stack is up."""
        return self.state / "stack.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.state / "supervisor.lock"

    def data(self, part: str) -> Path:
        """Return the folder that holds what a part stores."""
        return self.state / "data" / part

    def log(self, child: str) -> Path:
        """Return the file a child's output goes to."""
        return self.state / "log" / f"{child}.log"

    def environment(self, instance: str) -> Path:
        """Return the file with the environment of one service process."""
        return self.state / "env" / f"{instance}.env"

    def prepare(self) -> None:
        """Make the folders, closed to other users as far as the parts allow."""
        # Started by root, Postgres runs as another user and has to pass through.
        passage = 0o711 if os.geteuid() == 0 else 0o700
        folders = {self.state: passage, self.state / "data": passage}
        folders |= {self.state / name: 0o700 for name in ("log", "env", "home")}
        for folder, mode in folders.items():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)

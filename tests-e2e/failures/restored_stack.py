"""A small stack of its own that a test may back up, wipe and restore."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
from ab_local.buckets import Buckets, Entry
from ab_local.layout import read_json

SECONDS = 180.0


class OwnStack:
    """One instance in a folder of its own, and a place for its backups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "stack"

    @property
    def description(self) -> dict[str, Any]:
        """What the stack file says."""
        return read_json(self.state / "stack.json")

    @property
    def gateway_url(self) -> str:
        """The public API."""
        return str(self.description["gateway_url"])

    def local(self, *command: str) -> str:
        """Runs a command of ``ab_local``; what it printed."""
        return self._run(sys.executable, "-m", "ab_local", "--state", str(self.state), *command)

    def reconcile(self, *options: str, says: int = 0) -> dict[str, dict[str, int]]:
        """What ``ab operator reconcile`` found, by kind; ``says`` is the exit code it must have."""
        stack = str(self.state / "stack.json")
        program = str(Path(sys.executable).with_name("ab"))
        command = (sys.executable, program, "operator", "--stack", stack, "reconcile", "--json")
        found: dict[str, dict[str, int]] = json.loads(self._run(*command, *options, says=says))
        return found

    def objects(self) -> list[Entry]:
        """Every object there is."""
        return list(Buckets(self.description).index())

    def lose(self, bucket: str, key: str) -> None:
        """Deletes an object behind everybody's back."""
        self._s3().delete_object(Bucket=bucket, Key=key)

    def plant(self, bucket: str, key: str) -> None:
        """Stores an object that nobody knows of."""
        self._s3().put_object(Bucket=bucket, Key=key, Body=b"planted")

    def _s3(self) -> Any:
        told = self.description["infrastructure"]["s3"]
        return botocore.session.get_session().create_client(
            "s3",
            endpoint_url=told["endpoint_url"],
            region_name=told["region"],
            aws_access_key_id=told["access_key_id"],
            aws_secret_access_key=told["secret_access_key"],
        )

    def wipe(self) -> None:
        """Nothing of it remains but its backups."""
        self.local("down")
        shutil.rmtree(self.state)

    def _run(self, *command: str, says: int = 0) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=SECONDS, env=os.environ
        )
        if done.returncode != says:
            raise RuntimeError(f"{command[2:]} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout


@contextlib.contextmanager
def own_stack() -> Iterator[OwnStack]:
    """Started fresh; stopped and forgotten at the end."""
    # Not under pytest's own folder: the database's user has to pass through.
    folder = Path(tempfile.mkdtemp(prefix="ab-restored-"))
    folder.chmod(0o711)
    stack = OwnStack(folder)
    try:
        stack.local("up", "--quiet")
        yield stack
    finally:
        with contextlib.suppress(RuntimeError):
            stack.local("down")
        shutil.rmtree(folder, ignore_errors=True)

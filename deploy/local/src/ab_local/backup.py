"""Take a backup of a running instance, and make an empty instance of it.

A backup is a folder: a dump of each database as of one instant of that database, the index of all
objects (and the objects, if asked for), the two keys without which neither is worth anything, and
last of all a manifest with the digests of the rest. Databases come first: objects are only ever
added, so the index holds what the rows of the dumps name.
"""

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ab_local.buckets import Buckets, read_index, write_index
from ab_local.instance import Instance
from ab_local.layout import read_json, write_private
from ab_local.parts.postgres import connection_variables, installation

FORMAT = 1
MANIFEST, INDEX, KEYS, OBJECTS = "manifest.json", "objects.jsonl", "keys.json", "objects"
# Content addresses and sealed signing keys are read with these; passwords are made anew.
KEPT_KEYS = ("content-address", "signing-key-encryption")
DUMP_SECONDS = 600.0

Say = Callable[[str], None]


class BackupError(RuntimeError):
    """The backup could not be taken or used; nothing half-done is left behind under its name."""


def back_up(instance: Instance, to: Path, *, with_objects: bool, say: Say) -> dict[str, Any]:
    """Write a backup of a running instance into a new folder; returns its manifest."""
    stack = read_json(instance.layout.stack)
    if not stack:
        raise BackupError(f"The stack '{instance.layout.name}' isn't running. Start it: make up")
    if to.exists():
        raise BackupError(f"{to} exists already; a backup goes into a new folder.")
    part = to.with_name(f"{to.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        manifest = _write(instance, stack, part, with_objects=with_objects, say=say)
        part.rename(to)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return manifest


def restore(instance: Instance, source: Path, *, say: Say) -> dict[str, int]:
    """Make an empty instance hold what the backup holds; it is stopped afterwards.

    Returns how many objects the index names, and how many of them the store has.
    """
    manifest = _verified(source)
    if instance.layout.status.exists():
        raise BackupError(
            f"The stack '{instance.layout.name}' isn't empty. Restore into another one, or"
            f" forget it first: make down && rm -rf {instance.layout.state}"
        )
    instance.layout.prepare()
    write_private(instance.layout.credentials, (source / KEYS).read_text())
    try:
        found = _fill(instance, source, manifest["databases"], say=say)
    except BaseException:
        instance.stop()
        _empty(instance)
        raise
    instance.stop()
    return found


def _fill(instance: Instance, source: Path, databases: list[str], *, say: Say) -> dict[str, int]:
    say("starting the servers without the services")
    for _ in instance.follow(instance.launch(infra_only=True)):
        pass
    stack = read_json(instance.layout.stack)
    if not stack:
        raise BackupError(f"The servers didn't start: {instance.layout.log('supervisor')}")
    for database in databases:
        say(f"restoring {database}")
        _load(stack, database, source / f"{database}.dump")
    return _restore_objects(stack, source, say=say)


def _empty(instance: Instance) -> None:
    """Leave the logs only: half of a backup must not be taken for a stack."""
    shutil.rmtree(instance.layout.state / "data", ignore_errors=True)
    for file in (instance.layout.credentials, instance.layout.status):
        file.unlink(missing_ok=True)


def _write(
    instance: Instance, stack: dict[str, Any], part: Path, *, with_objects: bool, say: Say
) -> dict[str, Any]:
    databases = list(stack["infrastructure"]["postgres"]["databases"])
    for database in databases:
        say(f"dumping {database}")
        _dump(stack, database, part / f"{database}.dump")
    buckets = Buckets(stack)
    entries = list(buckets.index())
    write_index(part / INDEX, entries)
    if with_objects:
        say(f"copying {len(entries)} objects")
        for entry in entries:
            buckets.fetch(entry, part / OBJECTS)
    known = read_json(instance.layout.credentials)
    kept = {name: known[name] for name in KEPT_KEYS if name in known}
    write_private(part / KEYS, json.dumps(kept))
    files = [part / INDEX, part / KEYS, *(part / f"{name}.dump" for name in databases)]
    manifest = {
        "format": FORMAT,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "databases": databases,
        "objects": len(entries),
        "with_objects": with_objects,
        "sha256": {file.name: _digest(file) for file in files},
    }
    (part / MANIFEST).write_text(json.dumps(manifest, indent=2))
    return manifest


def _verified(source: Path) -> dict[str, Any]:
    manifest = read_json(source / MANIFEST)
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{source} holds no backup that can be read here.")
    for name, digest in manifest["sha256"].items():
        if not (source / name).exists() or _digest(source / name) != digest:
            raise BackupError(f"{source / name} is not what was backed up.")
    return manifest


def _dump(stack: dict[str, Any], database: str, to: Path) -> None:
    # One transaction that sees one instant; writers are not held up.
    _postgres(stack, database, "pg_dump", "--format=custom", f"--file={to}")


def _load(stack: dict[str, Any], database: str, dump: Path) -> None:
    options = ("--clean", "--if-exists", "--exit-on-error", "--single-transaction")
    _postgres(stack, database, "pg_restore", *options, f"--dbname={database}", str(dump))


def _postgres(stack: dict[str, Any], database: str, program: str, *arguments: str) -> None:
    admin = stack["infrastructure"]["postgres"]["admin_url"]
    url = f"{admin.rsplit('/', 1)[0]}/{database}"
    done = subprocess.run(
        [str(installation() / "bin" / program), "--no-password", *arguments],
        env={"PATH": "", "LANG": "C.UTF-8", **connection_variables(url)},
        capture_output=True,
        text=True,
        check=False,
        timeout=DUMP_SECONDS,
    )
    if done.returncode != 0:
        raise BackupError(f"{program} of {database}: {done.stderr.strip()}")


def _restore_objects(stack: dict[str, Any], source: Path, *, say: Say) -> dict[str, int]:
    buckets = Buckets(stack)
    entries = read_index(source / INDEX)
    if (source / OBJECTS).exists():
        began = time.monotonic()
        for entry in entries:
            buckets.store(entry, source / OBJECTS)
        say(f"{len(entries)} objects put back in {time.monotonic() - began:.0f} s")
    # By size: a store may split an object in other parts, and its tag changes with them.
    there = {(entry.bucket, entry.key, entry.bytes) for entry in buckets.index()}
    wanted = {(entry.bucket, entry.key, entry.bytes) for entry in entries}
    return {"objects": len(wanted), "stored": len(wanted & there)}


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

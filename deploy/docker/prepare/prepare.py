"""Makes the secrets of the compose stack once and lays each reader's into a volume of its own.

``prepare`` alone does that, at every start; ``prepare show READER...`` prints what they read;
``prepare set SERVICE VARIABLE`` takes a value from standard input, a vendor's key for example.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ab_local.credentials import Credentials
from secrets_of_readers import Readers

VOLUMES = Path("/volumes")
PROBE_PROGRAM = Path("/bin/busybox")
FOR_ITS_READER, FOR_ANYBODY_THERE = 0o755, 0o444
# Where alerts go is for people to say; Alertmanager tells nobody while a file is empty.
EMPTY_UNTIL_SET = {"alertmanager": ("alert_page_url", "alert_ticket_url")}


def lay_out(volumes: Path) -> int:
    """Write every reader's files; returns how many. A volume that is not there is nobody's."""
    vault = volumes / "vault"
    vault.chmod(0o700)
    readers = Readers(Credentials(vault / "credentials.json"))
    written = 0
    for reader, files in readers.files().items():
        for name, content in files.items():
            _write(volumes / reader / name, content)
            written += 1
    for reader, names in EMPTY_UNTIL_SET.items():
        for name in names:
            if not (volumes / reader / name).exists():
                _write(volumes / reader / name, "")
    return written


def lend(volumes: Path) -> None:
    """Make the store's folder its user's, and lend a program to images without any."""
    # An empty volume would take over the ownership that its image has for the folder.
    (volumes / "s3-data" / ".prepared").touch()
    shutil.copy(PROBE_PROGRAM, volumes / "probe" / "busybox")


def show(volumes: Path, readers: list[str]) -> None:
    """Print what readers' files hold."""
    for reader in readers:
        for path in sorted((volumes / reader).iterdir()):
            text = path.read_text(encoding="utf-8").strip()
            sys.stdout.write(f"{reader}/{path.name}: {text}\n")


def put(volumes: Path, reader: str, variable: str, value: str) -> None:
    """Write one value of a service, kept until another one is written or the volume goes."""
    if not value.strip():
        raise SystemExit(f"{variable}: no value came on standard input")
    _write(volumes / reader / variable.lower(), value.strip())


def _write(path: Path, content: str) -> None:
    path.parent.chmod(FOR_ITS_READER)
    part = path.with_name(f".{path.name}.part")
    part.write_text(content, encoding="utf-8")
    # Its reader runs as another user, and no other container sees this volume.
    part.chmod(FOR_ANYBODY_THERE)
    part.replace(path)


def main(arguments: list[str], volumes: Path = VOLUMES) -> int:
    """Run one of the three; the exit code tells of a wrong call."""
    match arguments:
        case []:
            lend(volumes)
            sys.stdout.write(f"{lay_out(volumes)} files are where their readers find them\n")
        case ["show", *readers] if readers:
            show(volumes, readers)
        case ["set", reader, variable]:
            put(volumes, reader, variable, sys.stdin.read())
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Fetch RabbitMQ and Erlang as Debian packages into a folder: no root, nothing installed.

Runs under the system's Python before any package is there, so it imports nothing but the
standard library. apt works here on private state, cache and source folders only.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

ERLANG = (
    "base asn1 crypto eldap ftp inets mnesia os-mon parsetools public-key runtime-tools snmp ssl"
    " syntax-tools tftp tools xmerl"
)
PACKAGES = ("rabbitmq-server", *(f"erlang-{part}" for part in ERLANG.split()))
BRING_IT = "sudo apt-get install rabbitmq-server && sudo systemctl disable --now rabbitmq-server"
SYSTEM_ROOT = Path("/")
STAMP = "packages.json"

Say = Callable[[str], None]


class PackagesUnavailableError(RuntimeError):
    """A program can't be had on this machine; the message names the command that brings it."""

    def __init__(self, program: str, reason: str, bring_it: str) -> None:
        super().__init__(
            f"{program} can't be had: {reason}\n"
            f"  This brings it (the stack then uses the installed one): {bring_it}"
        )


class BrokerUnavailableError(PackagesUnavailableError):
    """RabbitMQ can't be had on this machine."""

    def __init__(self, reason: str) -> None:
        super().__init__("rabbitmq-server", reason, BRING_IT)


class AptError(RuntimeError):
    """apt or dpkg failed; the message is the end of what they said."""


def broker_home(root: Path) -> Path | None:
    """Return the folder of RabbitMQ's scripts under a root that packages were unpacked into."""
    homes = sorted(root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"))
    erlang = root / "usr/lib/erlang/bin/erl"
    return homes[-1].parent.parent if homes and erlang.exists() else None


def find_broker(folder: Path) -> Path | None:
    """Return the root that holds a complete broker: the private folder, else the system."""
    if (folder / STAMP).exists():
        unpacked = sorted(json.loads((folder / STAMP).read_text()))
        if unpacked == sorted(PACKAGES) and broker_home(folder):
            return folder
    return SYSTEM_ROOT if broker_home(SYSTEM_ROOT) else None


def ensure_broker(folder: Path, say: Say) -> Path:
    """Return the broker's root, fetching the packages when no complete broker is there."""
    found = find_broker(folder)
    if found is not None:
        return found
    try:
        fetch(folder, PACKAGES, "broker", say, _settle_erlang)
    except AptError as error:
        raise BrokerUnavailableError(str(error)) from None
    return folder


def fetch(
    folder: Path, packages: tuple[str, ...], what: str, say: Say, settle: Callable[[Path], None]
) -> None:
    """Unpack Debian packages into a new folder; `settle` makes the tree work where it lies.

    Raises:
        AptError: apt isn't there, or can't bring them.
    """
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise AptError(f"{tool} is missing (this is no Debian or Ubuntu).")
    work = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    (work / "debs").mkdir(parents=True)
    apt = private_apt(work / "apt")
    say(f"{what}: fetching Debian's package lists ...")
    listed = _run([*apt, "update"], work)
    uris = _run([*apt, "download", "--print-uris", *packages], work / "debs")
    if uris.returncode != 0:
        raise AptError(_reason(uris, listed))
    megabytes = sum(int(line.split()[2]) for line in _uri_lines(uris.stdout)) / 1e6
    say(f"{what}: downloading {len(packages)} packages ({megabytes:.0f} MB) ...")
    fetched = _run([*apt, "download", *packages], work / "debs")
    if fetched.returncode != 0:
        raise AptError(_reason(fetched))
    say(f"{what}: unpacking ...")
    _unpack(work, folder, settle)


def private_apt(place: Path) -> list[str]:
    """Return the beginning of an apt-get command that works inside a new folder only."""
    for part in ("state/lists/partial", "cache/archives/partial", "sources"):
        (place / part).mkdir(parents=True)
    options = {
        "Dir::State": place / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": place / "cache",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    # Third-party sources would only slow the update down, or break it.
    if _copy_debian_sources(place / "sources"):
        options["Dir::Etc::sourceparts"] = place / "sources"
        options["Dir::Etc::sourcelist"] = "/dev/null"
    return ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]


def _copy_debian_sources(target: Path) -> int:
    release = Path("/etc/os-release").read_text() if Path("/etc/os-release").exists() else ""
    codename = re.search(r"^VERSION_CODENAME=(\w+)", release, re.MULTILINE)
    if codename is None:
        return 0
    kept = 0
    for path in sorted(_source_files()):
        stanzas = list(_main_stanzas(path, codename[1]))
        if stanzas:
            separator = "\n\n" if path.suffix == ".sources" else "\n"
            (target / path.name).write_text(separator.join(stanzas) + "\n")
            kept += len(stanzas)
    return kept


def _source_files() -> Iterator[Path]:
    yield from (path for path in [Path("/etc/apt/sources.list")] if path.exists())
    for suffix in ("list", "sources"):
        yield from Path("/etc/apt/sources.list.d").glob(f"*.{suffix}")


def _main_stanzas(path: Path, codename: str) -> Iterator[str]:
    text = "\n".join(
        line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")
    )
    modern = path.suffix == ".sources"
    for piece in re.split(r"\n\s*\n", text) if modern else text.splitlines():
        words = piece.split()
        binary = re.search(r"^Types:(.* )?deb( |$)", piece, re.MULTILINE) or words[:1] == ["deb"]
        suites = [word for word in words if re.fullmatch(rf"{codename}(-\w+)?/?", word)]
        if binary and suites and "main" in words:
            yield re.sub(r"^Types:.*", "Types: deb", piece.strip("\n"), flags=re.MULTILINE)


def _unpack(work: Path, folder: Path, settle: Callable[[Path], None]) -> None:
    tree = work / "tree"
    versions = {}
    for deb in sorted((work / "debs").glob("*.deb")):
        name, version, _ = deb.name.split("_")
        versions[name] = version.replace("%3a", ":")
        unpacked = _run(["dpkg", "-x", str(deb), str(tree)], work)
        if unpacked.returncode != 0:
            raise AptError(_reason(unpacked))
    settle(tree)
    shutil.rmtree(tree / "usr/share", ignore_errors=True)
    (tree / STAMP).write_text(json.dumps(versions, indent=1, sort_keys=True))
    shutil.rmtree(folder, ignore_errors=True)
    tree.rename(folder)
    shutil.rmtree(work)


def _settle_erlang(tree: Path) -> None:
    _make_relocatable(tree / "usr/lib/erlang")


def _make_relocatable(erlang: Path) -> None:
    for script in (erlang / "bin/erl", *erlang.glob("erts-*/bin/erl")):
        up = "/".join([".."] * len(script.relative_to(erlang).parts[:-1]))
        computed = f'ROOTDIR="$(cd "$(dirname "$0")/{up}" && pwd -P)"'
        script.write_text(script.read_text().replace("ROOTDIR=/usr/lib/erlang", computed))


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def _uri_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("'")]


def _reason(*failed: subprocess.CompletedProcess[str]) -> str:
    lines = [line for run in failed for line in run.stderr.splitlines()]
    return "\n  ".join(lines[-6:]) or "apt-get said nothing more."

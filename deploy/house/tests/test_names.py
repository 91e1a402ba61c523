"""One name per service: folder, package, project, image, queues, broker user and loggers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from ab_shared.contracts.catalogue import PARTICIPANTS, SERVICES
from ab_shared.messaging.definitions import definitions
from ab_shared.messaging.topology import topology

ROOT = Path(__file__).resolve().parents[3]
LOGGER = re.compile(r'getLogger\("([^"]+)"\)')
NAMED = re.compile(r'\b(?:run|migrate_main|open_backbone|RabbitBus|Migrations\.of)\("(\w+)"')


# What an image has beside the common shape: a public port, the voices.
OWN = {"gateway": (" GATEWAY_HOST=0.0.0.0", " 8787"), "tts": (" --extra embedded",)}


# Every image resolves the same lock, so each names the project files of all.
LOCKED = re.compile(r"^COPY (\S+)/pyproject.toml \1/\n", re.MULTILINE)


def dockerfile(service: str) -> str:
    return (ROOT / "services" / service / "Dockerfile").read_text(encoding="utf-8")


def members() -> set[str]:
    found = [*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")]
    found.append(ROOT / "deploy/local/pyproject.toml")
    return {path.parent.relative_to(ROOT).as_posix() for path in found}


def sources(service: str) -> str:
    folder = ROOT / "services" / service / "src"
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))


def test_the_folders_are_the_services() -> None:
    folders = {path.name for path in (ROOT / "services").iterdir() if (path / "src").is_dir()}
    assert folders == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_package_and_project_are_called_after_it(service: str) -> None:
    folder = ROOT / "services" / service
    packages = [path.name for path in (folder / "src").iterdir() if (path / "__init__.py").exists()]
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (packages, project["name"]) == ([f"ab_{service}"], f"ab-{service}")


@pytest.mark.parametrize("service", SERVICES)
def test_its_image_is_that_of_every_service_but_for_the_name(service: str) -> None:
    assert set(LOCKED.findall(dockerfile(service))) == members()
    text = LOCKED.sub("", dockerfile(service)).removesuffix("\n")
    for own in OWN.get(service, ()):
        assert own in text
        text = text.replace(own, "")
    shape = LOCKED.sub("", dockerfile("auth")).removesuffix("\n")
    assert text == shape.replace("auth", service)
    assert text.endswith(f'CMD ["python", "-m", "ab_{service}"]')
    assert f"--package ab-{service}\n" in text


@pytest.mark.parametrize("service", SERVICES)
def test_it_calls_itself_so(service: str) -> None:
    named = set(NAMED.findall(sources(service)))
    assert named == {service}


@pytest.mark.parametrize("service", SERVICES)
def test_its_loggers_begin_with_its_name(service: str) -> None:
    loggers = LOGGER.findall(sources(service))
    assert all(f"{name}.".startswith(f"ab.{service}.") for name in loggers), loggers


def test_queues_begin_with_the_name_of_their_owner() -> None:
    owned = [queue for queue in topology().queues if queue.service is not None]
    assert {queue.service for queue in owned} == set(SERVICES)
    assert all(queue.name.startswith(f"{queue.service}.") for queue in owned)


def test_each_has_a_broker_user_of_its_name() -> None:
    users = {row["name"] for row in definitions(dict.fromkeys(PARTICIPANTS, "x"), "ab")["users"]}
    assert {f"ab-{name}" for name in PARTICIPANTS} <= users

"""docker-compose.yml says what the rest of the repository says, and hardens all that it starts."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from ab_local.services import BUCKET_VARIABLES, DATABASES, SERVICES, Service
from ab_shared.testing import containers

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
# Docker keeps containers' logs where root alone may read.
ROOTS = {"collector": ["DAC_READ_SEARCH"]}
PINNED = re.compile(r":(v?\d+\.\d+(\.\d+)?[\w.-]*|\$\{AB_VERSION:-dev\})$")
LOOPBACK = re.compile(r"^127\.0\.0\.1:\$\{\w+:-\d+\}:\d+$")
NETWORKS = {"edge", "app", "data", "observe"}
NAMES = [service.name for service in SERVICES]
ONCE = [name for name, part in PARTS.items() if part.get("restart") == "no"]


def settings_of(service: str) -> set[str]:
    module = import_module(f"ab_{service}.settings")
    found = getattr(module, f"{service.capitalize()}Settings").model_fields
    return {name.upper() for name in found}


def mounts(part: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [tuple((row + ":rw").split(":")[:3]) for row in part.get("volumes", ())]


def test_it_is_what_the_specification_calls_a_compose_file() -> None:
    schema = json.loads((ROOT / "deploy/docker/schema/compose-spec.json").read_text())
    errors = jsonschema_rs.validator_for(schema).iter_errors(COMPOSE)
    assert [str(error) for error in errors] == []


@pytest.mark.parametrize("name", PARTS)
def test_nothing_has_more_than_it_needs(name: str) -> None:
    part = PARTS[name]
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part.get("cap_add", []) == ROOTS.get(name, [])
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert not part.get("privileged")
    assert (str(part["user"]) in {"0", "root"}) == (name in ROOTS)
    assert all("docker.sock" not in source for source, _, _ in mounts(part))


@pytest.mark.parametrize("name", PARTS)
def test_everything_is_bounded(name: str) -> None:
    part = PARTS[name]
    assert part["mem_limit"]
    assert part["pids_limit"]
    assert part["cpus"] <= 2.0
    assert part["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", sorted(set(PARTS) - set(ONCE)))
def test_whatever_goes_on_running_tells_how_it_is(name: str) -> None:
    part = PARTS[name]
    file = ROOT / part["build"]["dockerfile"] if "build" in part else None
    built_in = file is not None and "\nHEALTHCHECK " in file.read_text()
    assert built_in or part["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", PARTS)
def test_images_are_pinned(name: str) -> None:
    assert PINNED.search(PARTS[name]["image"]), PARTS[name]["image"]


@pytest.mark.parametrize("name", PARTS)
def test_ports_are_open_on_loopback_alone(name: str) -> None:
    assert all(LOOPBACK.match(port) for port in PARTS[name].get("ports", ()))


def test_there_is_a_network_for_each_level_of_trust() -> None:
    assert set(COMPOSE["networks"]) == NETWORKS
    assert COMPOSE["networks"]["data"] == {"internal": True}
    on = {name: set(part.get("networks", ())) for name, part in PARTS.items()}
    assert on["postgres"] == on["valkey"] == {"data"}
    assert on["edge"] == {"edge"}
    assert [name for name in NAMES if "edge" in on[name]] == ["gateway"]
    assert not [name for name in NAMES if "observe" in on[name]]


def test_one_name_a_service_everywhere() -> None:
    for name in NAMES:
        part = PARTS[name]
        assert part["image"] == f"ghcr.io/affirmation-beats/{name}:${{AB_VERSION:-dev}}"
        assert part["build"]["dockerfile"] == f"services/{name}/Dockerfile"
    migrations = {name for name in PARTS if name.startswith("migrate-")}
    assert migrations == {f"migrate-{name}" for name in DATABASES}
    for name in DATABASES:
        migration = PARTS[f"migrate-{name}"]
        assert migration["image"] == PARTS[name]["image"]
        assert migration["command"] == ["python", "-m", f"ab_{name}", "migrate"]
        assert PARTS[name]["depends_on"][f"migrate-{name}"]["condition"].endswith("successfully")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_knows_what_it_is_told(service: Service) -> None:
    told = PARTS[service.name]["environment"]
    assert set(told) <= settings_of(service.name)
    buckets = {BUCKET_VARIABLES[bucket]: bucket for bucket in service.buckets}
    assert buckets == {name: told[name] for name in told if "_BUCKET_" in name}
    assert ("AWS_ENDPOINT_URL_S3" in told) == bool(buckets)


@pytest.mark.parametrize("name", PARTS)
def test_no_secret_is_in_an_environment(name: str) -> None:
    for variable, value in (PARTS[name].get("environment") or {}).items():
        secret = re.search(r"PASSWORD|SECRET|KEY|TOKEN_?$|_URL$", variable)
        harmless = re.search(
            r"_BASE_URL$|ISSUER_URL$|PUSH_URL$|SECRETS_DIRECTORY|WATCH_SECRETS", variable
        )
        in_a_file = str(value).startswith("/run/secrets/")
        assert not secret or harmless or in_a_file, variable


def test_each_reads_its_own_secrets_and_no_others() -> None:
    readers: dict[str, list[str]] = {}
    for name, part in PARTS.items():
        for source, target, mode in mounts(part):
            if source.startswith("secrets") and name != "prepare":
                assert (target, mode) == ("/run/secrets", "ro")
                readers.setdefault(source, []).append(name)
    assert readers == {f"secrets-{name}": [name] for names in readers.values() for name in names}
    laid = {source: target for source, target, _ in mounts(PARTS["prepare"])}
    assert set(readers) | {"secrets", "probe", "s3-data"} == set(laid)
    assert all(
        target == f"/volumes/{source.removeprefix('secrets-')}"
        for source, target in laid.items()
        if source.startswith("secrets-")
    )


def test_images_are_those_that_tests_run_on() -> None:
    assert PARTS["rabbitmq"]["image"] == containers.RABBITMQ
    assert PARTS["postgres"]["image"] == containers.POSTGRES
    assert PARTS["valkey"]["image"] == containers.VALKEY
    assert PARTS["s3"]["image"] == containers.SEAWEEDFS


def test_what_is_mounted_is_there() -> None:
    sources = {source for part in PARTS.values() for source, _, _ in mounts(part)}
    files = {source for source in sources if source.startswith("./")}
    assert {source for source in files if not (ROOT / source).exists()} == set()
    named = {source for source in sources if re.match(r"^[a-z]", source)}
    assert named == set(COMPOSE["volumes"])


def test_each_profile_is_complete() -> None:
    for name, part in PARTS.items():
        for needed in part.get("depends_on", ()):
            assert set(part["profiles"]) <= set(PARTS[needed]["profiles"]), (name, needed)
    core = {name for name, part in PARTS.items() if "core" in part["profiles"]}
    assert set(NAMES) <= core
    assert {"prometheus", "alertmanager", "grafana", "tempo", "loki", "collector"}.isdisjoint(core)


def test_the_watch_asks_the_edge_and_can_reach_it() -> None:
    watch, edge = PARTS["watch"], PARTS["edge"]
    told = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", watch["environment"]["WATCH_URLS"])
    assert json.loads(told) == {"api": "http://edge:8787/v1/health"}
    assert set(edge["networks"]) <= set(watch["networks"])
    assert "listen 8787;" in (ROOT / "deploy/edge/nginx.conf").read_text()


@pytest.mark.parametrize("path", ["otel/collector.yml", "loki/loki.yml", "tempo/tempo.yml"])
def test_configurations_parse(path: str) -> None:
    assert isinstance(yaml.safe_load((ROOT / "deploy" / path).read_text()), dict)


def test_the_collector_sends_to_what_listens() -> None:
    collector = yaml.safe_load((ROOT / "deploy/otel/collector.yml").read_text())
    tempo = yaml.safe_load((ROOT / "deploy/tempo/tempo.yml").read_text())
    loki = yaml.safe_load((ROOT / "deploy/loki/loki.yml").read_text())
    listens = tempo["distributor"]["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    exporters = collector["exporters"]
    assert exporters["otlphttp/tempo"]["endpoint"] == f"http://tempo:{listens.partition(':')[2]}"
    port = loki["server"]["http_listen_port"]
    assert exporters["otlphttp/loki"]["endpoint"] == f"http://loki:{port}/otlp"
    for pipeline in collector["service"]["pipelines"].values():
        assert set(pipeline["exporters"]) <= set(exporters)
        assert set(pipeline["receivers"]) <= set(collector["receivers"])
        assert set(pipeline["processors"]) <= set(collector["processors"])

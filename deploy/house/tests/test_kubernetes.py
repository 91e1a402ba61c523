"""The manifests fit the services: names, ports, settings, rights on the network, time to drain."""

from __future__ import annotations

import re
import shutil
import subprocess
from copy import deepcopy
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from ab_operator.watching.settings import WatchSettings
from ab_shared.contracts.catalogue import SERVICES
from ab_shared.messaging.topology import topology
from ab_shared.runtime.settings import DatabaseSettings, ServiceSettings, StorageSettings, load

ROOT = Path(__file__).resolve().parents[2] / "kubernetes"
OVERLAYS = ("staging", "production")
WITH_DATABASE = [name for name in SERVICES if name != "gateway"]
WATCH = "watch"
PODS = [*SERVICES, WATCH]
# What a container says of itself that is its own; everything else is the same for all six.
OWN = re.compile(r"(replicas|sizeLimit|cpu|memory|seconds|terminationGracePeriodSeconds): \S+")
PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
# Plausible, never used: a service only has to accept its shape.
VALUES = {
    "RABBITMQ_URL": "amqps://ab:pw@broker:5671/ab",
    "DATABASE_URL": "postgresql://ab:pw@database:5432/ab?ssl=require",
    "VALKEY_URL": "rediss://:pw@cache:6379/0",
    "SIGNING_KEY_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "CLERK_WEBHOOK_SECRETS": '["whsec_0123456789abcdef0123"]',
}
ANY = "0123456789abcdef" * 4
NO_KUBECTL = "kubectl is not on this machine: rendered in the workflow 'manifests' instead"


def settings_of(service: str) -> type[ServiceSettings]:
    module = import_module(f"ab_{service}.settings")
    found: type[ServiceSettings] = getattr(module, f"{service.title()}Settings")
    return found


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


@cache
def base() -> list[dict[str, Any]]:
    files = yaml.safe_load((ROOT / "base/kustomization.yaml").read_text())["resources"]
    return [document for file in files for document in documents(ROOT / "base" / file)]


def one(kind: str, name: str, among: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    found = [
        d
        for d in among or base()
        if d["kind"] == kind and d["metadata"]["name"].split("-")[0] == name
    ]
    assert len(found) == 1, f"{len(found)} of {kind} {name}"
    return found[0]


def pod(service: str) -> dict[str, Any]:
    """What the file has, whatever a test does to it."""
    return deepcopy(one("Deployment", service)["spec"]["template"]["spec"])


def config(service: str, overlay: str) -> dict[str, str]:
    """What kustomize makes of the files of base and overlay."""
    found: dict[str, str] = {}
    for name in ("common", service):
        for folder in ("base", f"overlays/{overlay}"):
            path = ROOT / folder / "config" / f"{name}.env"
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            found |= dict(line.split("=", 1) for line in lines if line)
    return found


def secrets(service: str, overlay: str) -> set[str]:
    """Names in the ExternalSecret of the base, and those that the overlay's patch adds."""
    found = {row["secretKey"] for row in one("ExternalSecret", service)["spec"]["data"]}
    for patch in yaml.safe_load((ROOT / f"overlays/{overlay}/kustomization.yaml").read_text())[
        "patches"
    ]:
        if patch["target"] == {"kind": "ExternalSecret", "name": service}:
            found |= {row["value"]["secretKey"] for row in yaml.safe_load(patch["patch"])}
    return found


def test_each_service_and_the_watch_have_one_deployment_of_their_name() -> None:
    names = [d["metadata"]["name"] for d in base() if d["kind"] == "Deployment"]
    assert sorted(names) == sorted(PODS)


@pytest.mark.parametrize("service", SERVICES)
def test_it_is_called_the_same_everywhere(service: str) -> None:
    deployment, spec = one("Deployment", service), pod(service)
    label = {"app.kubernetes.io/name": service}
    assert deployment["spec"]["selector"]["matchLabels"] == label
    assert deployment["spec"]["template"]["metadata"]["labels"] == label
    assert one("PodDisruptionBudget", service)["spec"]["selector"]["matchLabels"] == label
    for spread in spec["topologySpreadConstraints"]:
        assert spread["labelSelector"]["matchLabels"] == label
    container = spec["containers"][0]
    assert spec["serviceAccountName"] == service == container["name"]
    assert container["image"] == f"ghcr.io/affirmation-beats/{service}"
    assert one("ServiceAccount", service)["automountServiceAccountToken"] is False
    sources = [next(iter(row.values()))["name"] for row in container["envFrom"]]
    assert sources == ["common", service, service]


@pytest.mark.parametrize("service", SERVICES)
def test_its_pod_is_that_of_every_service_but_for_sizes(service: str) -> None:
    def shape(name: str) -> str:
        spec = pod(name)
        del spec["containers"][0]["ports"]
        return OWN.sub(r"\1", yaml.safe_dump(spec)).replace(name, "NAME")

    assert shape(service) == shape("auth")


@pytest.mark.parametrize("service", PODS)
def test_its_pod_may_do_nothing_it_does_not_need(service: str) -> None:
    spec = pod(service)
    assert spec["automountServiceAccountToken"] is False
    assert spec["containers"][0]["resources"]["limits"]["memory"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_it_is_asked_on_the_ports_it_listens_on(service: str, overlay: str) -> None:
    container, told = pod(service)["containers"][0], config(service, overlay)
    ports = {row["name"]: row["containerPort"] for row in container["ports"]}
    listens = {"internal": int(told["INTERNAL_HTTP_PORT"])}
    if service == "gateway":
        listens |= {"http": int(told["PORT"]), "admin": int(told["ADMIN_PORT"])}
    assert ports == listens
    for probe, path in PROBES.items():
        assert container[probe]["httpGet"] == {"path": path, "port": "internal"}


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_killed_that_may_still_drain(service: str) -> None:
    spec = pod(service)
    wait = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = float(config(service, "production")["DRAIN_SECONDS"])
    assert spec["terminationGracePeriodSeconds"] >= wait + drain + 5
    assert one("Deployment", service)["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES)
def test_it_starts_with_what_it_is_given_and_knows_all_of_it(
    service: str, overlay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_type = settings_of(service)
    known = {name.upper(): field for name, field in settings_type.model_fields.items()}
    plain, secret = config(service, overlay), secrets(service, overlay)
    assert not (set(plain) | secret) - set(known)
    assert not set(plain) & secret
    for name in known:
        monkeypatch.delenv(name, raising=False)
    for name, value in (plain | {name: VALUES.get(name, ANY) for name in secret}).items():
        monkeypatch.setenv(name, value)
    assert load(settings_type).environment == overlay


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_watch_starts_with_what_it_is_given_and_looks_at_what_users_reach(
    overlay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, container = config(WATCH, overlay), pod(WATCH)["containers"][0]
    known = {name.upper() for name in WatchSettings.model_fields}
    assert not set(told) - set(config("common", overlay)) - known
    for name in known:
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    watch, gateway = load(WatchSettings), config("gateway", overlay)
    assert watch.watch_urls == {"api": f"{gateway['API_PUBLIC_BASE_URL']}/v1/health"}
    public = gateway["API_PUBLIC_BASE_URL"].removeprefix("https://")
    assert set(watch.watch_certificates) == {public, gateway["CLOUDFRONT_DOMAIN"]}
    assert watch.watch_secrets
    assert container["ports"] == [{"name": "internal", "containerPort": watch.internal_http_port}]
    for probe, path in PROBES.items():
        assert container[probe]["httpGet"] == {"path": path, "port": "internal"}


def test_the_watch_is_the_command_that_compose_runs_too() -> None:
    composed = yaml.safe_load((ROOT.parents[1] / "docker-compose.yml").read_text())
    container = pod(WATCH)["containers"][0]
    assert container["command"] == composed["services"][WATCH]["entrypoint"]
    assert composed["services"][WATCH]["image"].startswith(f"{container['image']}:")
    label = {"app.kubernetes.io/name": WATCH}
    deployment = one("Deployment", WATCH)["spec"]
    assert deployment["replicas"] == 1
    assert deployment["selector"]["matchLabels"] == label
    assert deployment["template"]["metadata"]["labels"] == label
    assert one("ServiceAccount", WATCH)["automountServiceAccountToken"] is False


def chosen_by(document: dict[str, Any]) -> set[str]:
    selector = document["spec"].get("podSelector") or document["spec"]["selector"]
    return {value for row in selector["matchExpressions"] for value in row["values"]}


def reached_by(policy: str) -> set[str]:
    named = [p for p in base() if p["metadata"]["name"] == policy]
    return chosen_by(one("NetworkPolicy", policy.partition("-")[0], named))


def test_prometheus_asks_each_pod_under_its_own_name() -> None:
    monitor = one("PodMonitor", "services")
    assert monitor["spec"]["jobLabel"] == "app.kubernetes.io/name"
    assert chosen_by(monitor) == reached_by("from-monitoring") == set(PODS)


def test_both_looks_at_the_broker_are_one_job_and_two_series() -> None:
    looks = [d["spec"] for d in base() if d["kind"] == "ScrapeConfig"]
    assert [look["jobName"] for look in looks] == ["rabbitmq", "rabbitmq"]
    told = [look["staticConfigs"][0]["labels"] for look in looks]
    assert told == [{"job": "rabbitmq"}, {"job": "rabbitmq", "endpoint": "detailed"}]


def test_a_service_reaches_what_its_settings_name_and_nothing_else() -> None:
    types = {service: settings_of(service) for service in SERVICES}
    with_database = {s for s, t in types.items() if issubclass(t, DatabaseSettings)}
    with_store = {s for s, t in types.items() if issubclass(t, StorageSettings)}
    with_valkey = {s for s, t in types.items() if "valkey_url" in t.model_fields}
    assert reached_by("to-postgres") == with_database == set(WITH_DATABASE)
    assert reached_by("to-pod-identity") == with_store
    assert reached_by("to-valkey") == with_valkey
    assert reached_by("to-rabbitmq") == set(SERVICES)
    assert reached_by("to-internet") == set(PODS)


def test_the_watch_reaches_the_internet_and_names_and_nothing_else() -> None:
    policies = [d for d in base() if d["kind"] == "NetworkPolicy" and d["spec"]["podSelector"]]
    assert {d["metadata"]["name"] for d in policies if WATCH in chosen_by(d)} == {
        *("from-monitoring", "to-internet")
    }


def test_nothing_else_is_let_through() -> None:
    policies = {d["metadata"]["name"]: d["spec"] for d in base() if d["kind"] == "NetworkPolicy"}
    denied = policies["default-deny"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    entrances = {name for name, spec in policies.items() if "ingress" in spec}
    assert entrances == {"from-ingress", "from-monitoring"}


def test_each_database_is_brought_up_to_date_by_its_own_image_and_owner() -> None:
    rows = documents(ROOT / "migrate/jobs.yaml")
    jobs = {
        d["metadata"]["name"]: d["spec"]["template"]["spec"] for d in rows if d["kind"] == "Job"
    }
    assert set(jobs) == {f"migrate-{service}" for service in WITH_DATABASE}
    for service in WITH_DATABASE:
        container = jobs[f"migrate-{service}"]["containers"][0]
        assert container["image"] == f"ghcr.io/affirmation-beats/{service}"
        assert container["args"] == ["python", "-m", f"ab_{service}", "migrate"]
        assert container["envFrom"] == [{"secretRef": {"name": f"{service}-owner"}}]


def test_workers_scale_on_queues_that_exist_and_on_rules_that_exist() -> None:
    queues = [queue.name for queue in topology().queues]
    rules = yaml.safe_load((ROOT.parent / "prometheus/rules/recording.yml").read_text())
    recorded = {rule["record"] for group in rules["groups"] for rule in group["rules"]}
    scaled = [d for d in base() if d["kind"] == "ScaledObject"]
    assert {d["spec"]["scaleTargetRef"]["name"] for d in scaled} == {"tts", "stitching"}
    for found in scaled:
        for trigger in found["spec"]["triggers"]:
            rule, label = re.findall(
                r'\((ab:[^{]+)\{queue=~?"([^"]+)"', trigger["metadata"]["query"]
            )[0]
            meant = [name for name in queues if re.fullmatch(label, name)]
            assert rule in recorded
            assert meant, label
            assert all(name.startswith(f"{found['metadata']['name']}.") for name in meant)


def test_a_release_is_one_version_of_everything() -> None:
    for overlay in OVERLAYS:
        for file in (f"overlays/{overlay}", f"overlays/{overlay}/migrate"):
            told = yaml.safe_load((ROOT / file / "kustomization.yaml").read_text())["images"]
            wanted = [*SERVICES, "prepare"] if not file.endswith("migrate") else WITH_DATABASE
            assert {row["name"].rpartition("/")[2] for row in told} == set(wanted)
            assert len({row["newTag"] for row in told}) == 1


@pytest.mark.skipif(shutil.which("kubectl") is None, reason=NO_KUBECTL)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_renders_to_what_is_read_here(overlay: str) -> None:
    command = ["kubectl", "kustomize", str(ROOT / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rendered = [d for d in yaml.safe_load_all(done.stdout) if d]
    for service in SERVICES:
        given = one("ConfigMap", service, rendered)["data"]
        assert given | one("ConfigMap", "common", rendered)["data"] == config(service, overlay)
        rows = one("ExternalSecret", service, rendered)["spec"]["data"]
        assert {row["secretKey"] for row in rows} == secrets(service, overlay)
        keys = {row["remoteRef"]["key"] for row in rows}
        assert keys == {f"affirmation-beats/{overlay}/{service}"}
    given = one("ConfigMap", WATCH, rendered)["data"]
    assert given | one("ConfigMap", "common", rendered)["data"] == config(WATCH, overlay)
    assert all(
        d["metadata"].get("namespace") == f"affirmation-beats-{overlay}"
        for d in rendered
        if d["kind"] != "Namespace"
    )

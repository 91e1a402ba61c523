import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from ab_local import observe_packages
from ab_local.broker_packages import AptError, PackagesUnavailableError
from ab_local.observe_packages import PACKAGES, ensure
from ab_local.parts.observers import PORTS, Observers, scraping, silent, urls
from ab_local.services import SERVICES, internal
from ab_local.stack import Stack

ROUTES = """\
route:
  receiver: ticket
  routes:
    - matchers: ['severity="page"']
      receiver: page

receivers:
  - name: page
    slack_configs: [{api_url_file: /run/secrets/page}]
  - name: ticket
"""


@pytest.fixture
def observing(stack: Stack) -> Stack:
    """A stack with a port for each process there may be."""
    names = [internal(instance) for service in SERVICES for instance in service.instances()]
    ports = {name: 5000 + place for place, name in enumerate([*names, *PORTS])}
    return replace(stack, ports={**stack.ports, "rabbitmq.prometheus": 4999, **ports})


def test_every_process_is_scraped_under_its_services_name(observing: Stack) -> None:
    jobs = {job["job_name"]: job for job in scraping(observing, 5)["scrape_configs"]}
    for service in SERVICES:
        (static,) = jobs[service.name]["static_configs"]
        wanted = [f"127.0.0.1:{observing.ports[internal(i)]}" for i in service.instances()]
        assert (static["targets"], static["labels"]) == (wanted, {"job": service.name})
    (queues,) = jobs["rabbitmq-queues"]["static_configs"]
    assert queues["labels"] == {"job": "rabbitmq", "endpoint": "detailed"}


def test_the_stack_file_names_them_only_where_they_are(stack: Stack, observing: Stack) -> None:
    bare = replace(stack, ports={n: p for n, p in stack.ports.items() if n not in PORTS})
    assert urls(bare) == {}
    assert set(urls(observing)) == {"prometheus_url", "alertmanager_url", "watch_url"}


def test_who_is_told_in_production_is_not_told_here() -> None:
    assert "slack" not in silent(ROUTES)
    assert silent(ROUTES).endswith("receivers:\n  - name: ticket\n  - name: page\n")


def test_in_a_hurry_the_rules_are_copies_that_are_read_each_second(
    observing: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("prometheus", "alertmanager"):
        monkeypatch.setattr(f"ab_local.parts.observers.{name}", lambda: Path("/bin/true"))
    observing.layout.prepare()
    for hurry, seconds in ((1.0, 5), (60.0, 1)):
        observers = Observers(observing, hurry)
        observers.prepare()
        folder = observing.layout.data("observers")
        config = json.loads((folder / "prometheus.yml").read_text())
        assert config["global"]["scrape_interval"] == f"{seconds}s"
        copied = all(path.startswith(str(folder)) for path in config["rule_files"])
        assert copied == (hurry != 1)
    assert "300000ms" not in (folder / "rules-recording.yml").read_text()
    assert "[5000ms]" in (folder / "rules-recording.yml").read_text()


def test_the_watch_asks_the_gateway_unless_it_is_told_otherwise(
    observing: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("prometheus", "alertmanager"):
        monkeypatch.setattr(f"ab_local.parts.observers.{name}", lambda: Path("/bin/true"))
    monkeypatch.delenv("WATCH_URLS", raising=False)

    def told() -> dict[str, str]:
        specs = {spec.name: spec for spec in Observers(observing, 1).children()}
        found: dict[str, str] = json.loads(specs["watch"].environment["WATCH_URLS"])
        return found

    assert told() == {"api": f"http://127.0.0.1:{observing.ports['gateway']}/v1/health"}
    monkeypatch.setenv("WATCH_URLS", '{"mine": "https://api.example.com/"}')
    assert told() == {"mine": "https://api.example.com/"}


def test_what_is_fetched_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = []

    def fetch(folder: Path, packages: tuple[str, ...], *_more: object) -> None:
        fetched.append(packages)
        (folder / "usr/bin").mkdir(parents=True)
        (folder / "usr/bin/promtool").touch()
        (folder / "packages.json").write_text("{}")

    monkeypatch.setattr(observe_packages, "fetch", fetch)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    folder = tmp_path / "observers"
    for _ in range(2):
        found = observe_packages._program("promtool", folder=folder)
        assert found == folder / "usr/bin/promtool"
    assert fetched == [PACKAGES]


def test_where_they_cannot_be_had_the_message_says_what_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*_given: object) -> None:
        raise AptError("apt-get is missing")

    monkeypatch.setattr(observe_packages, "fetch", fetch)
    with pytest.raises(PackagesUnavailableError, match=r"(?s)Prometheus.*apt-get install"):
        ensure(tmp_path / "observers")

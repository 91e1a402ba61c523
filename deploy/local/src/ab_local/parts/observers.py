"""Prometheus, Alertmanager and the watch, with the rules of production, beside a running stack."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import httpx

from ab_local.broker_packages import PackagesUnavailableError
from ab_local.child import ChildSpec, Probe
from ab_local.hurrying import hurried
from ab_local.layout import REPOSITORY, write_private
from ab_local.observe_packages import alertmanager, prometheus
from ab_local.parts.part import PartFailedError
from ab_local.services import SERVICES, internal
from ab_local.stack import LOOPBACK, Stack

PORTS = ("prometheus", "alertmanager", "watch")
# Set by whoever starts the stack.
WATCHED = ("WATCH_CERTIFICATES", "WATCH_BACKUPS", "WATCH_SECRETS", "WATCH_URLS")
PRODUCTION = REPOSITORY / "deploy/prometheus"
SCRAPE_SECONDS, HURRIED_SCRAPE_SECONDS = 5, 1
# rate() needs two samples; with four in a range one may be late.
SAMPLES_IN_A_RANGE = 4
PROBE_SECONDS = 2.0
QUEUES = {"family": ["queue_coarse_metrics", "queue_consumer_count", "queue_metrics"]}

Targets = dict[str, list[str]]


class Observers:
    """What operators look at; nothing else needs it."""

    name = "observers"

    def __init__(self, stack: Stack, hurry: float) -> None:
        self._stack = stack
        self._hurry = hurry
        self._data = stack.layout.data("observers")
        try:
            self._prometheus, self._alertmanager = prometheus(), alertmanager()
        except PackagesUnavailableError as error:
            raise PartFailedError(str(error)) from error

    @property
    def scrape_seconds(self) -> int:
        """How often everything is read, and every rule evaluated."""
        return SCRAPE_SECONDS if self._hurry == 1 else HURRIED_SCRAPE_SECONDS

    def prepare(self) -> None:
        """Write the configurations; in a hurry also the rules, else production's are read."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        rules = [str(PRODUCTION / "rules/*.yml"), str(PRODUCTION / "rules/alerts/*.yml")]
        if self._hurry != 1:
            rules = [str(path) for path in self._hurried_rules()]
        config = scraping(self._stack, self.scrape_seconds) | {"rule_files": rules}
        write_private(self._data / "prometheus.yml", json.dumps(config, indent=1))
        routes = (PRODUCTION / "alertmanager.yml").read_text()
        text = hurried(silent(routes), self._hurry, 0) if self._hurry != 1 else silent(routes)
        write_private(self._data / "alertmanager.yml", text)

    def children(self) -> list[ChildSpec]:
        """Return the three processes."""
        storage = self._data / "series", self._data / "alerts"
        return [
            self._child(
                "prometheus",
                str(self._prometheus),
                f"--config.file={self._data / 'prometheus.yml'}",
                f"--storage.tsdb.path={storage[0]}",
                f"--web.listen-address={self._address('prometheus')}",
                "--storage.tsdb.retention.time=1d",
                "--enable-feature=exemplar-storage",
                "--web.enable-lifecycle",
                "--log.level=warn",
            ),
            self._child(
                "alertmanager",
                str(self._alertmanager),
                f"--config.file={self._data / 'alertmanager.yml'}",
                f"--storage.path={storage[1]}",
                f"--web.listen-address={self._address('alertmanager')}",
                # Empty: one instance has no cluster, and shall not listen for one.
                "--cluster.listen-address=",
                "--log.level=warn",
            ),
            self._watch(),
        ]

    async def provision(self) -> None:
        """Nothing: they read their configuration."""

    def tidy(self) -> None:
        """Nothing: they write into their folder only."""

    def _hurried_rules(self) -> list[Path]:
        shortest = SAMPLES_IN_A_RANGE * self.scrape_seconds
        written = []
        for source in sorted(PRODUCTION.glob("rules/**/*.yml")):
            target = self._data / f"rules-{source.stem}.yml"
            write_private(target, hurried(source.read_text(), self._hurry, shortest))
            written.append(target)
        return written

    def _watch(self) -> ChildSpec:
        environment = {
            "INTERNAL_HTTP_HOST": LOOPBACK,
            "INTERNAL_HTTP_PORT": str(self._stack.ports["watch"]),
            "WATCH_DISKS": json.dumps([str(self._stack.layout.state)]),
            "WATCH_URLS": json.dumps({"api": f"{self._stack.gateway_url}/v1/health"}),
            "WATCH_EVERY_SECONDS": "10",
            **{name: os.environ[name] for name in WATCHED if name in os.environ},
        }
        program = Path(sys.executable).with_name("ab")
        return self._child("watch", str(program), "operator", "watch", environment=environment)

    def _child(
        self, name: str, *command: str, environment: dict[str, str] | None = None
    ) -> ChildSpec:
        ready = "/readyz" if name == "watch" else "/-/ready"
        return ChildSpec(
            name=name,
            command=command,
            environment={**self._stack.base_environment(), **(environment or {})},
            log=self._stack.layout.log(name),
            ready=_answers(f"http://{self._address(name)}{ready}"),
        )

    def _address(self, name: str) -> str:
        return f"{LOOPBACK}:{self._stack.ports[name]}"


def urls(stack: Stack) -> dict[str, str]:
    """Return where they answer, empty where nobody observes."""
    if "prometheus" not in stack.ports:
        return {}
    return {f"{name}_url": f"http://{LOOPBACK}:{stack.ports[name]}" for name in PORTS}


def scraping(stack: Stack, seconds: int) -> dict[str, Any]:
    """Return Prometheus' configuration but for its rules; jobs are named as in production."""
    ports = stack.ports
    targets = {
        service.name: [ports[internal(instance)] for instance in service.instances()]
        for service in SERVICES
    }
    targets |= {name: [ports[name]] for name in ("watch", "prometheus", "alertmanager")}
    jobs = [_job(name, name, found) for name, found in targets.items()]
    broker = [ports["rabbitmq.prometheus"]]
    jobs.append(_job("rabbitmq", "rabbitmq", broker))
    # The same job label: what a queue holds and what the broker uses are one broker's.
    by_queue = {"metrics_path": "/metrics/detailed", "params": QUEUES}
    jobs.append(_job("rabbitmq-queues", "rabbitmq", broker, endpoint="detailed") | by_queue)
    alerting = {"static_configs": [{"targets": [f"{LOOPBACK}:{ports['alertmanager']}"]}]}
    return {
        "global": {"scrape_interval": f"{seconds}s", "evaluation_interval": f"{seconds}s"},
        "alerting": {"alertmanagers": [alerting]},
        "scrape_configs": jobs,
    }


def silent(routes: str) -> str:
    """Return Alertmanager's configuration with receivers that tell nobody.

    Production's are the last section of its file.
    """
    kept = routes[: routes.index("\nreceivers:") + 1]
    names = dict.fromkeys(re.findall(r"\breceiver:\s*['\"]?([\w-]+)", kept))
    return kept + "receivers:\n" + "".join(f"  - name: {name}\n" for name in names)


def _job(name: str, label: str, ports: list[int], **labels: str) -> dict[str, Any]:
    targets = [f"{LOOPBACK}:{port}" for port in ports]
    return {
        "job_name": name,
        "static_configs": [{"targets": targets, "labels": {"job": label, **labels}}],
    }


def _answers(url: str) -> Probe:
    async def is_ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=PROBE_SECONDS, trust_env=False) as client:
                return (await client.get(url)).is_success
        except httpx.HTTPError:
            return False

    return is_ready

"""The composed stack of a trial: started, awaited, described for the journeys, and taken down."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ab_local.services import DATABASES
from engine import TrialFailedError, run
from images import LEFT_OUT, ROOT

PROJECT = "affirmation-beats"
HERE = "127.0.0.1"
UP_SECONDS = 600
HEALTHY_SECONDS = 420
LOOK_SECONDS = 2.0
PORTS = (
    *("GATEWAY_PORT", "MEDIA_PORT", "PROMETHEUS_PORT", "ALERTMANAGER_PORT"),
    *("TRIAL_CLERK_PORT", "TRIAL_REVENUECAT_PORT", "TRIAL_EXPO_PORT", "TRIAL_RABBITMQ_PORT"),
    *("TRIAL_POSTGRES_PORT", "TRIAL_VALKEY_PORT", "TRIAL_S3_PORT"),
)
WATCHERS = ("prometheus", "alertmanager", "watch")


class Stack:
    """One composed project, on free loopback ports."""

    def __init__(self) -> None:
        self.ports = _free_ports(len(PORTS))
        self.gateway_url = f"http://{HERE}:{self.port('GATEWAY_PORT')}"
        self.secret = secrets.token_hex(24)
        self._environment = {
            **{name: str(self.port(name)) for name in PORTS},
            "COMPOSE_PROJECT_NAME": PROJECT,
            "API_PUBLIC_BASE_URL": self.gateway_url,
            "MEDIA_PUBLIC_BASE_URL": f"http://{HERE}:{self.port('MEDIA_PORT')}",
            "TRIAL_SECRET": self.secret,
        }

    def port(self, name: str) -> int:
        """Return the loopback port behind a variable of the compose files."""
        return self.ports[PORTS.index(name)]

    def compose(self, *words: str, seconds: float = UP_SECONDS) -> str:
        """Run Compose on this project, whichever of the two is here."""
        files = ("docker-compose.yml", "deploy/docker/trial/compose.trial.yml")
        named = [word for file in files for word in ("-f", str(ROOT / file))]
        os.environ.update(self._environment)
        profile = ("--project-directory", str(ROOT), "--profile", "core")
        compose = ("docker-compose",) if shutil.which("docker-compose") else ("docker", "compose")
        return run(*compose, *profile, *named, *words, seconds=seconds)

    def up(self) -> float:
        """Start the product, then what watches it and can be had; returns seconds to healthy.

        Raises:
            TrialFailedError: naming the container that did not become healthy, with its log.
        """
        began = time.monotonic()
        self._start()
        self.await_healthy()
        took = time.monotonic() - began
        self.compose("--profile", "observability", "up", "-d", "--no-build", *WATCHERS)
        self.await_healthy()
        return took

    def _start(self) -> None:
        for last in (False, False, True):
            try:
                self.compose("up", "-d", "--no-build")
            except TrialFailedError:
                # A starved machine lets a migration time out; what was done once stays done.
                if last:
                    raise
            else:
                return

    def containers(self) -> list[dict[str, Any]]:
        """Return what Docker says of every container of the project, ended ones included."""
        labelled = f"label=com.docker.compose.project={PROJECT}"
        ids = run("docker", "ps", "-aq", "--filter", labelled).split()
        found: list[dict[str, Any]] = json.loads(run("docker", "inspect", *ids)) if ids else []
        return found

    def await_healthy(self) -> None:
        """Return when everything that runs is healthy and what is done once has been done."""
        end = time.monotonic() + HEALTHY_SECONDS
        while waited := [name_of(found) for found in self.containers() if not settled(found)]:
            if time.monotonic() > end:
                said = run("docker", "logs", "--tail", "20", waited[0])
                raise TrialFailedError(
                    f"not healthy after {HEALTHY_SECONDS} s: {', '.join(waited)}\n"
                    f"The end of {waited[0]}'s log:\n{said}"
                )
            time.sleep(LOOK_SECONDS)

    def shown(self, *readers: str) -> dict[str, str]:
        """Return what readers' volumes hold, as `prepare show` prints it: by reader and file."""
        text = self.compose("run", "--rm", "--no-deps", "prepare", "show", *readers)
        pairs = (line.partition(": ") for line in text.splitlines() if ": " in line)
        return {name: value for name, _, value in pairs}

    def describe(self, place: Path) -> Path:
        """Write what the journeys need to know into a stack file, readable by its owner only."""
        door = place / "gateway.env"
        door.touch(mode=0o600)
        door.write_text(
            f"REVENUECAT_WEBHOOK_AUTHORIZATION='Bearer {self.secret}'\n"
            f"REVENUECAT_WEBHOOK_SECRET='{self.secret}'\n"
        )
        described = {
            "name": PROJECT,
            "gateway_url": self.gateway_url,
            "free_daily_generations": "1000",
            "services": {"gateway": {"env_file": str(door)}},
            "simulators": {
                name: f"http://{HERE}:{self.port(f'TRIAL_{name.upper()}_PORT')}"
                for name in ("clerk", "revenuecat", "expo")
            },
            "infrastructure": self._infrastructure(),
        }
        path = place / "stack.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(described, indent=1))
        return path

    def _infrastructure(self) -> dict[str, Any]:
        migrations = [f"migrate-{name}" for name in DATABASES]
        told = self.shown("postgres", "provision-buckets", "operator", "gateway", *migrations)
        admin, store = told["postgres/password"], "provision-buckets/aws"
        owners = {
            name: self._here(told[f"migrate-{name}/database_owner_url"], "POSTGRES")
            for name in DATABASES
        }
        broker = json.loads(told["operator/stack.json"])["infrastructure"]["rabbitmq"]["urls"]
        return {
            "rabbitmq": {
                "urls": {user: self._here(url, "RABBITMQ") for user, url in broker.items()}
            },
            "postgres": {
                "admin_url": self._here(
                    f"postgresql://postgres:{admin}@p:5432/postgres", "POSTGRES"
                ),
                "databases": {name: {"owner_url": url} for name, url in owners.items()},
            },
            "valkey": {"url": self._here(told["gateway/valkey_url"], "VALKEY")},
            "s3": {
                "endpoint_url": f"http://{HERE}:{self.port('TRIAL_S3_PORT')}",
                "region": "us-east-1",
                "access_key_id": told[f"{store}_access_key_id"],
                "secret_access_key": told[f"{store}_secret_access_key"],
                "buckets": ["ab-media", "ab-reads", "ab-speech"],
            },
        }

    def _here(self, url: str, server: str) -> str:
        before, _, after = url.rpartition("@")
        return f"{before}@{HERE}:{self.port(f'TRIAL_{server}_PORT')}/{after.partition('/')[2]}"

    def down(self) -> None:
        """Remove containers, networks and volumes."""
        self.compose("--profile", "observability", "down", "-v", "--remove-orphans", "-t", "20")


def name_of(found: dict[str, Any]) -> str:
    """Return a container's name."""
    return str(found["Name"]).removeprefix("/")


def service_of(found: dict[str, Any]) -> str:
    """Return the compose service a container belongs to."""
    return str(found["Config"]["Labels"]["com.docker.compose.service"])


def settled(found: dict[str, Any]) -> bool:
    """Tell whether a container is healthy, or has done what it is for.

    Raises:
        TrialFailedError: when what is done once has failed.
    """
    state = found["State"]
    if state["Status"] == "exited" and found["HostConfig"]["RestartPolicy"]["Name"] == "no":
        if state["ExitCode"] != 0:
            said = run("docker", "logs", "--tail", "20", name_of(found))
            raise TrialFailedError(f"{name_of(found)} ended with {state['ExitCode']}:\n{said}")
        return True
    health = state.get("Health")
    return bool(state["Running"]) and (health is None or health["Status"] == "healthy")


def left_out() -> list[str]:
    """Return the services that this trial cannot start."""
    return sorted(LEFT_OUT)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as opened:
        taken = [opened.enter_context(socket.socket()) for _ in range(count)]
        for held in taken:
            held.bind((HERE, 0))
        return [held.getsockname()[1] for held in taken]

"""What the trial looks at from outside: hardening, ways out, secrets in the open, coming back."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

from engine import TrialFailedError, run
from images import built, tag
from stack import PROJECT, Stack, name_of, service_of, settled

COME_BACK_SECONDS = 240
REACH_SECONDS = 5
# Docker lets root alone read containers' logs; nothing else here is root.
ROOTS = {"collector"}
SHORTEST_SECRET = 20
OF_THE_TRIAL = {"vendors"}


def hardening(containers: list[dict[str, Any]]) -> list[str]:
    """Return what is not as the compose file promises, by container."""
    return [
        f"{name_of(found)}: {fault}"
        for found in containers
        if service_of(found) not in OF_THE_TRIAL
        for fault in _faults(found)
    ]


def _faults(found: dict[str, Any]) -> list[str]:
    host, config = found["HostConfig"], found["Config"]
    user = str(config["User"]).partition(":")[0]
    once = host["RestartPolicy"]["Name"] == "no"
    published = [
        row["HostIp"] for rows in (host["PortBindings"] or {}).values() for row in rows or ()
    ]
    holds = {
        "runs as root": user in {"", "0", "root"} and service_of(found) not in ROOTS,
        "can write to its image": not host["ReadonlyRootfs"],
        "keeps capabilities": host["CapDrop"] != ["ALL"],
        "may gain privileges": "no-new-privileges:true" not in (host["SecurityOpt"] or []),
        "has no bound on memory": not host["Memory"],
        "has no bound on processes": not host["PidsLimit"],
        "has no bound on cores": not host["NanoCpus"],
        "has no health check": not once and not (found["State"].get("Health")),
        "rotates no log": not host["LogConfig"]["Config"].get("max-size"),
        "is published beyond loopback": any(address != "127.0.0.1" for address in published),
        "holds the engine's socket": any("docker.sock" in bind for bind in host["Binds"] or ()),
    }
    return [fault for fault, is_so in holds.items() if is_so]


def gets_out(stack: Stack, network: str) -> bool:
    """Tell whether a container on this network alone reaches what is on another.

    The broker on `app` is what it tries: whatever is not on the network itself is out of reach by
    the same rule, here and on the Internet.
    """
    broker = next(found for found in stack.containers() if service_of(found) == "rabbitmq")
    address = broker["NetworkSettings"]["Networks"][f"{PROJECT}_app"]["IPAddress"]
    attempt = f"import socket; socket.create_connection(('{address}', 5672), {REACH_SECONDS})"
    try:
        run(
            *("docker", "run", "--rm", "--network", f"{PROJECT}_{network}"),
            *("--entrypoint", "python", tag("prepare"), "-c", attempt),
        )
    except TrialFailedError:
        return False
    return True


def secrets_in_the_open(stack: Stack) -> tuple[int, list[str]]:
    """Return how many secrets were looked for, and where any was found.

    Looked through: everything `docker inspect` says of containers and images, how the images were
    made, and every container's log.
    """
    planted = _secrets()
    places = {
        f"inspect {name_of(found)}": json.dumps(found)
        for found in stack.containers()
        if service_of(found) not in OF_THE_TRIAL
    }
    for found in stack.containers():
        places[f"log of {name_of(found)}"] = run("docker", "logs", name_of(found))
    for service in built():
        places[f"image {service}"] = run("docker", "image", "inspect", tag(service))
        places[f"history of {service}"] = run("docker", "history", "--no-trunc", tag(service))
    hits = [place for place, text in places.items() if any(secret in text for secret in planted)]
    return len(planted), hits


def _secrets() -> set[str]:
    # The vault holds every password by name; what is in it is in no other form anywhere else.
    vault = run(
        *("docker", "run", "--rm", "--entrypoint", "cat", "-v", f"{PROJECT}_secrets:/vault:ro"),
        *(tag("prepare"), "/vault/credentials.json"),
    )
    found = {str(value) for value in json.loads(vault).values()}
    if not found or min(map(len, found)) < SHORTEST_SECRET:
        raise TrialFailedError("`prepare` has made no secrets, or short ones")
    return found


def comes_back(stack: Stack, service: str) -> float:
    """Kill a service's first process as a crash would; returns seconds until all is well again.

    Raises:
        TrialFailedError: when it stays away for minutes.
    """
    victim = next(found for found in stack.containers() if service_of(found) == service)
    began = time.monotonic()
    os.kill(int(victim["State"]["Pid"]), signal.SIGKILL)
    end = began + COME_BACK_SECONDS
    while time.monotonic() < end:
        present = stack.containers()
        again = next(found for found in present if found["Id"] == victim["Id"])
        restarted = int(again["RestartCount"]) > int(victim["RestartCount"])
        if restarted and all(settled(found) for found in present):
            return round(time.monotonic() - began, 1)
        time.sleep(1)
    raise TrialFailedError(f"{service} did not come back within {COME_BACK_SECONDS} s")

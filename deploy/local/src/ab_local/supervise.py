"""The supervisor's process: `python -m ab_local.supervise`, started detached by `up`."""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

from ab_local.credentials import Credentials
from ab_local.instance import MAIN_INSTANCE
from ab_local.layout import Layout
from ab_local.lifecycle import clean_up, hold_lock
from ab_local.parts.observers import PORTS as OBSERVER_PORTS
from ab_local.parts.part import PartFailedError
from ab_local.ports import NoFreePortError, allocate, is_free
from ab_local.services import port_names
from ab_local.stack import GATEWAY_PORT, INFRASTRUCTURE_PORTS, LOOPBACK, Stack
from ab_local.supervisor import Supervisor


def compose(layout: Layout, *, observe: bool = False) -> Stack:
    """Choose the ports and load or make the credentials of an instance."""
    bind = os.environ.get("AB_BIND_ADDRESS") or LOOPBACK
    # Only the main instance may take the port that installed apps know.
    main = layout.name == MAIN_INSTANCE and is_free(GATEWAY_PORT, bind)
    preferred = {"gateway": GATEWAY_PORT} if main else {}
    names = [*INFRASTRUCTURE_PORTS, *port_names(), *(OBSERVER_PORTS if observe else ())]
    ports = allocate(layout.state, names, layout.ports, preferred)
    return Stack(layout, ports, Credentials(layout.credentials), bind)


def supervise(layout: Layout, *, infra_only: bool, began: float, hurry: float | None = None) -> int:
    """Hold the instance's lock and keep it running until told to stop."""
    layout.prepare()
    lock = hold_lock(layout)
    if lock is None:
        sys.stderr.write("another supervisor has this instance\n")
        return 1
    with lock:
        clean_up(layout)
        try:
            stack = compose(layout, observe=hurry is not None)
            supervisor = Supervisor(stack, infra_only=infra_only, began=began, hurry=hurry)
            return asyncio.run(supervisor.run())
        except (PartFailedError, NoFreePortError) as error:
            sys.stderr.write(f"{error}\n")
            return 1


def main() -> int:
    """Supervise the instance that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--infra-only", action="store_true")
    parser.add_argument("--began", type=float, default=time.time(), help="since when to count")
    parser.add_argument("--hurry", type=float, help="observe, with durations divided by this")
    given = parser.parse_args()
    layout = Layout(given.state.resolve(), given.name)
    return supervise(layout, infra_only=given.infra_only, began=given.began, hurry=given.hurry)


if __name__ == "__main__":
    sys.exit(main())

"""The command line: `python -m ab_local [--state DIR] [--name NAME] up|down|status|logs`."""

import argparse
import sys
from pathlib import Path

from ab_local import commands
from ab_local.instance import MAIN_INSTANCE, Instance
from ab_local.layout import REPOSITORY, Layout


def parser() -> argparse.ArgumentParser:
    """Return the commands and their options."""
    root = argparse.ArgumentParser(prog="ab_local", description=__doc__)
    root.add_argument("--state", type=Path, help="folder of the instance (.local/NAME)")
    root.add_argument("--name", help="name of the instance (the folder's, else dev)")
    verbs = root.add_subparsers(dest="command", required=True)
    up = verbs.add_parser("up", help="start everything and wait until it is healthy")
    up.add_argument("--fresh", action="store_true", help="forget what was stored before")
    up.add_argument("--infra-only", action="store_true", help="no services")
    up.add_argument("--quiet", action="store_true", help="no table of addresses")
    verbs.add_parser("down", help="stop everything; the data stays")
    verbs.add_parser("status", help="show the health of every process")
    logs = verbs.add_parser("logs", help="show the end of the logs")
    logs.add_argument("service", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true", help="go on printing")
    return root


def main() -> int:
    """Run one command."""
    given = parser().parse_args()
    name = given.name or (given.state.name if given.state else MAIN_INSTANCE)
    state = given.state or REPOSITORY / ".local" / name
    instance = Instance(Layout(state.resolve(), name))
    match given.command:
        case "up":
            if given.fresh:
                instance.wipe()
            return commands.up(instance, infra_only=given.infra_only, quiet=given.quiet)
        case "down":
            return commands.down(instance)
        case "status":
            return commands.status(instance)
        case _:
            try:
                return commands.logs(instance, given.service, follow=given.follow)
            except KeyboardInterrupt:
                return 0


if __name__ == "__main__":
    sys.exit(main())

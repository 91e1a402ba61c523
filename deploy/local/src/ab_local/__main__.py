"""The command line: `python -m ab_local [--state DIR] [--name NAME] up|down|status|logs|...`."""

import argparse
import os
import sys
from pathlib import Path

from ab_local import commands
from ab_local.instance import MAIN_INSTANCE, Instance
from ab_local.layout import REPOSITORY, Layout
from ab_local.simulators import AI_VENDORS


def parser() -> argparse.ArgumentParser:
    """Return the commands and their options."""
    root = argparse.ArgumentParser(prog="ab_local", description=__doc__)
    root.add_argument("--state", type=Path, help="folder of the instance (.local/NAME)")
    root.add_argument("--name", help="name of the instance (the folder's, else dev)")
    verbs = root.add_subparsers(dest="command", required=True)
    up = verbs.add_parser("up", help="start everything and wait until it is healthy")
    up.add_argument("--fresh", action="store_true", help="forget what was stored before")
    up.add_argument("--infra-only", action="store_true", help="no services")
    up.add_argument("--observe", action="store_true", help="also Prometheus and Alertmanager")
    up.add_argument(
        "--hurry",
        type=float,
        default=1.0,
        help="with --observe, for drills: divide every duration of the rules by this",
    )
    up.add_argument("--quiet", action="store_true", help="no table of addresses")
    up.add_argument("--vendors", action="store_true", help="play ElevenLabs and OpenAI, too")
    verbs.add_parser("down", help="stop everything; the data stays")
    verbs.add_parser("status", help="show the health of every process")
    logs = verbs.add_parser("logs", help="show the end of the logs")
    logs.add_argument("service", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true", help="go on printing")
    backup = verbs.add_parser("backup", help="write databases and the objects' index to a folder")
    backup.add_argument("--to", type=Path, required=True, help="a folder that doesn't exist yet")
    backup.add_argument("--objects", action="store_true", help="the objects themselves, too")
    restore = verbs.add_parser("restore", help="make an empty instance of a backup")
    restore.add_argument("--from", dest="source", type=Path, required=True)
    return root


def main() -> int:
    """Run one command."""
    given = parser().parse_args()
    name = given.name or (given.state.name if given.state else MAIN_INSTANCE)
    state = given.state or REPOSITORY / ".local" / name
    instance = Instance(Layout(state.resolve(), name))
    if given.command in {"backup", "restore"}:
        return _copy(instance, given)
    match given.command:
        case "up":
            if given.fresh:
                instance.wipe()
            if given.vendors:
                os.environ[AI_VENDORS] = "1"
            hurry = given.hurry if given.observe else None
            return commands.up(
                instance, infra_only=given.infra_only, quiet=given.quiet, hurry=hurry
            )
        case "down":
            return commands.down(instance)
        case "status":
            return commands.status(instance)
        case _:
            try:
                return commands.logs(instance, given.service, follow=given.follow)
            except KeyboardInterrupt:
                return 0


def _copy(instance: Instance, given: argparse.Namespace) -> int:
    if given.command == "backup":
        return commands.back_up(instance, given.to.resolve(), with_objects=given.objects)
    return commands.restore(instance, given.source.resolve())


if __name__ == "__main__":
    sys.exit(main())

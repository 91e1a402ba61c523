"""``python -m ab_session`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.runtime.process import run
from ab_shared.service import migrate_main

from ab_session.main import listeners
from ab_session.settings import SessionSettings

if __name__ == "__main__":
    if sys.argv[1:] == ["migrate"]:
        sys.exit(migrate_main("session"))
    sys.exit(run("session", SessionSettings, listeners))

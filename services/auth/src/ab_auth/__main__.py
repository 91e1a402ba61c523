"""``python -m ab_auth`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.runtime.process import run
from ab_shared.service import migrate_main

from ab_auth.main import listeners
from ab_auth.settings import AuthSettings

if __name__ == "__main__":
    if sys.argv[1:] == ["migrate"]:
        sys.exit(migrate_main("auth"))
    sys.exit(run("auth", AuthSettings, listeners))

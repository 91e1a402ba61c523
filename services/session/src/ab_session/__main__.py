"""``python -m ab_session`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.service import service_main

from ab_session.main import create_app
from ab_session.settings import SessionSettings

if __name__ == "__main__":
    sys.exit(service_main("session", SessionSettings, create_app, sys.argv[1:]))

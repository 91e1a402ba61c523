"""``python -m ab_auth`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.service import service_main

from ab_auth.main import create_app
from ab_auth.settings import AuthSettings

if __name__ == "__main__":
    sys.exit(service_main("auth", AuthSettings, create_app, sys.argv[1:]))

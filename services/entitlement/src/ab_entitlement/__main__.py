"""``python -m ab_entitlement`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.service import service_main

from ab_entitlement.main import create_app
from ab_entitlement.settings import EntitlementSettings

if __name__ == "__main__":
    sys.exit(service_main("entitlement", EntitlementSettings, create_app, sys.argv[1:]))

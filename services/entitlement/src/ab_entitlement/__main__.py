"""``python -m ab_entitlement`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.runtime.process import run
from ab_shared.service import migrate_main

from ab_entitlement.main import listeners
from ab_entitlement.settings import EntitlementSettings

if __name__ == "__main__":
    if sys.argv[1:] == ["migrate"]:
        sys.exit(migrate_main("entitlement"))
    sys.exit(run("entitlement", EntitlementSettings, listeners))

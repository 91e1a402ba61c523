"""``python -m ab_stitching`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.runtime.process import run
from ab_shared.service import migrate_main

from ab_stitching.main import listeners
from ab_stitching.settings import StitchingSettings

if __name__ == "__main__":
    if sys.argv[1:] == ["migrate"]:
        sys.exit(migrate_main("stitching"))
    sys.exit(run("stitching", StitchingSettings, listeners))

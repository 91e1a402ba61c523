"""``python -m ab_stitching`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.service import service_main

from ab_stitching.main import create_app
from ab_stitching.settings import StitchingSettings

if __name__ == "__main__":
    sys.exit(service_main("stitching", StitchingSettings, create_app, sys.argv[1:]))

"""``python -m ab_tts`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.service import service_main

from ab_tts.main import create_app
from ab_tts.settings import TtsSettings

if __name__ == "__main__":
    sys.exit(service_main("tts", TtsSettings, create_app, sys.argv[1:]))

"""``python -m ab_tts`` runs the service, with ``migrate`` it upgrades its database."""

from __future__ import annotations

import sys

from ab_shared.runtime.process import run
from ab_shared.service import migrate_main

from ab_tts.main import listeners
from ab_tts.settings import TtsSettings

if __name__ == "__main__":
    if sys.argv[1:] == ["migrate"]:
        sys.exit(migrate_main("tts"))
    sys.exit(run("tts", TtsSettings, listeners))

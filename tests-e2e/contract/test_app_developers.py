"""What the page for app developers tells people to paste does what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey
PAGE = Path(__file__).parents[2] / "services/gateway/docs/app-developers.md"
NEEDED = ("bash", "curl", "jq")


def test_every_request_on_the_page_works(gateway_url: str) -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)} on this machine")
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) > 8
    script = "\n".join(["set -euo pipefail", *blocks])
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", script],
        env={"BASE": gateway_url, "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"

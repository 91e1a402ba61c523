"""``python -m leaks``: one JSON object; 1 where anything planted was found."""

from __future__ import annotations

import json
import sys

from leaks.run import tried

if __name__ == "__main__":
    result = tried()
    sys.stdout.write(json.dumps(result.as_json(), indent=1) + "\n")
    sys.exit(1 if result.found else 0)

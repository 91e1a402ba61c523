"""Prints the OpenAPI document of the public API, as it is checked in beside the gateway."""

from __future__ import annotations

import json
import sys

from ab_gateway.entrypoints.http.app import public_app

if __name__ == "__main__":
    sys.stdout.write(json.dumps(public_app().openapi(), indent=2, ensure_ascii=False) + "\n")

"""``python -m ab_gateway`` runs the service, with ``openapi`` it prints its OpenAPI document."""

from __future__ import annotations

import json
import sys

from ab_shared.runtime.process import run

from ab_gateway.entrypoints.http.app import public_app
from ab_gateway.main import listeners
from ab_gateway.settings import GatewaySettings

if __name__ == "__main__":
    if sys.argv[1:] == ["openapi"]:
        sys.stdout.write(json.dumps(public_app().openapi(), indent=2, ensure_ascii=False) + "\n")
        sys.exit(0)
    sys.exit(run("gateway", GatewaySettings, listeners))

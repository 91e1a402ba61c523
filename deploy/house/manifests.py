"""Renders the overlays of deploy/kubernetes and holds every document to Kubernetes' own schemas.

Needs ``kubectl``, and ``kubernetes-validate`` (22 MB, so no dependency of the project):
``uv run --with kubernetes-validate python deploy/house/manifests.py``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1] / "kubernetes"
OVERLAYS = ("staging", "staging/migrate", "production", "production/migrate")
VERSION = "1.37"


def render(overlay: str) -> list[dict[str, Any]]:
    """Return the documents that ``kubectl apply -k`` would send.

    Raises:
        CalledProcessError: for an overlay that cannot be built.
    """
    command = [shutil.which("kubectl") or "kubectl", "kustomize", str(ROOT / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def main() -> int:
    """Return 1 when a document is not of its schema."""
    validator = import_module("kubernetes_validate")
    counts: Counter[str] = Counter()
    for overlay in OVERLAYS:
        for document in render(overlay):
            name = f"{overlay}: {document['kind']} {document['metadata']['name']}"
            try:
                validator.validate(document, VERSION, strict=True)
            except validator.SchemaNotFoundError:
                # Resources of operators: their schemas are not Kubernetes' own.
                counts["without_a_schema"] += 1
            except validator.ValidationError as error:
                print(f"{name}: {error.message} at {'.'.join(map(str, error.path))}")
                counts["refused"] += 1
            else:
                counts["valid"] += 1
    figures = {name: counts[name] for name in ("valid", "refused", "without_a_schema")}
    print(json.dumps({"overlays": len(OVERLAYS), "documents": counts.total(), **figures}))
    return 1 if counts["refused"] else 0


if __name__ == "__main__":
    sys.exit(main())

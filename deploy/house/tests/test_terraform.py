"""Terraform says of buckets and secrets what the local stack and the manifests say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml
from ab_local.services import MEDIA, READS, S3_RIGHTS, SPEECH
from ab_shared.contracts.catalogue import SERVICES

ROOT = Path(__file__).resolve().parents[2] / "terraform"
MODULES = [ROOT, *sorted((ROOT / "modules").iterdir())]
BUCKETS = {"media": MEDIA, "reads": READS, "speech": SPEECH}
NO_TERRAFORM = "terraform is not on this machine: formatted by the workflow 'manifests' instead"
USED = re.compile(r"\bvar\.([a-z_]+)")


def plain(value: Any) -> Any:
    """A parsed value without the quotes and marks that the parser leaves in it."""
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items() if not str(k).startswith("__")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.strip('"') if isinstance(value, str) else value


def parsed(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        found: dict[str, Any] = plain(hcl2.load(file))
    return found


def sections(folder: Path, name: str) -> dict[str, Any]:
    rows = [row for path in sorted(folder.glob("*.tf")) for row in parsed(path).get(name, [])]
    return {key: value for row in rows for key, value in row.items()}


def words(rights: dict[str, list[str]]) -> set[str]:
    """Rights of a role as the local store writes them: `Read`, or `Read:tracks/*`."""
    named = {"read": "Read", "write": "Write"}
    return {
        named[deed] if prefix == "*" else f"{named[deed]}:{prefix}"
        for deed, prefixes in rights.items()
        for prefix in prefixes
    }


def test_a_role_may_touch_what_the_service_may_touch_on_a_developers_machine() -> None:
    rights = sections(ROOT / "modules/access", "locals")["rights"]
    here = {
        service: {BUCKETS[bucket]: words(right) for bucket, right in rows.items()}
        for service, rows in rights.items()
    }
    there = {
        service: {bucket: set(told.split()) - {"List", "Tagging"} for bucket, told in rows.items()}
        for service, rows in S3_RIGHTS.items()
    }
    assert here == there


def test_there_is_a_container_for_every_secret_that_the_manifests_ask_for() -> None:
    kubernetes = ROOT.parent / "kubernetes"
    asked = set()
    for file in ("base/secrets.yaml", "migrate/jobs.yaml"):
        for document in yaml.safe_load_all((kubernetes / file).read_text()):
            rows = document["spec"].get("data", [])
            asked |= {row["remoteRef"]["key"].rpartition("/")[2] for row in rows}
    services = sections(ROOT / "modules/access", "locals")["services"]
    assert set(services) == set(SERVICES)
    assert asked == {*services, *(f"{name}-owner" for name in services if name != "gateway")}


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
def test_variables_are_declared_and_used(folder: Path) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.tf"))
    assert set(USED.findall(text)) == set(sections(folder, "variable"))


def test_each_module_is_given_all_it_asks_for() -> None:
    for name, given in sections(ROOT, "module").items():
        asked = set(sections(ROOT / "modules" / name, "variable"))
        assert set(given) - {"source"} == asked


def test_no_value_of_a_secret_is_in_it() -> None:
    kinds = {kind for folder in MODULES for kind in sections(folder, "resource")}
    assert "aws_secretsmanager_secret" in kinds
    assert "aws_secretsmanager_secret_version" not in kinds
    told = sections(ROOT, "variable")
    sensitive = {name for name, row in told.items() if row.get("sensitive")}
    assert sensitive == {name for name in told if "password" in name}
    assert not any("default" in told[name] for name in sensitive)


@pytest.mark.skipif(shutil.which("terraform") is None, reason=NO_TERRAFORM)
def test_it_is_formatted() -> None:
    command = ["terraform", "fmt", "-check", "-recursive", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")

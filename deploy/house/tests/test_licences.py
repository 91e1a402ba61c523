"""No image carries a package whose licence asks for more than a notice."""

from __future__ import annotations

import re
import subprocess
import sys
from email.message import Message
from importlib.metadata import Distribution
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from ab_shared.contracts.catalogue import SERVICES

SCRIPT = Path(__file__).resolve().parents[1] / "licences.py"
PREPARE = SCRIPT.parents[1] / "docker/prepare/Dockerfile"


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    spec = spec_from_file_location("licences", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def package(**metadata: str) -> Distribution:
    told = Message()
    for name, value in metadata.items():
        told[name.replace("_", "-")] = value

    class Made:
        metadata = told
        files: tuple[Any, ...] = ()

    return cast("Distribution", Made())


def test_what_ships_today_is_allowed() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_each_image_is_looked_into(licences: ModuleType) -> None:
    locked = licences.lock()
    for service in SERVICES:
        names = licences.inside(service, locked)
        assert "pydantic" in names
        assert "pytest" not in names
    assert "hibari-tts" in licences.inside("tts", locked)
    prepare = licences.inside("prepare", locked)
    assert "typer" in prepare
    left_out = licences.LEFT_OUT["prepare"]
    assert not left_out & prepare
    assert set(re.findall(r"--no-install-package ([\w-]+)", PREPARE.read_text())) == left_out


@pytest.mark.parametrize(
    "told",
    [
        {"License_Expression": "GPL-3.0-or-later"},
        {"License": "AGPLv3"},
        {"Classifier": "License :: OSI Approved :: GNU General Public License v2 (GPLv2)"},
        {"License": "CC-BY-NC-4.0"},
    ],
)
def test_what_asks_for_more_is_refused(licences: ModuleType, told: dict[str, str]) -> None:
    assert licences.REFUSED.search(licences.licence(package(**told)))


@pytest.mark.parametrize("told", ["MIT", "LGPL-3.0-or-later", "GNU Lesser General Public License"])
def test_a_notice_or_a_library_that_can_be_swapped_is_not(licences: ModuleType, told: str) -> None:
    assert not licences.REFUSED.search(licences.licence(package(License=told)))


@pytest.mark.parametrize("file", ["libx264-d6533a8d.so.165", "libespeak-ng.so.1"])
def test_the_gpl_is_found_inside_a_wheel_too(licences: ModuleType, file: str) -> None:
    assert licences.GPL_LIBRARY.match(file)

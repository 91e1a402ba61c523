"""The example file is what the settings say, and nobody can boot with it as it is."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from ab_shared.contracts.catalogue import PARTICIPANTS
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import PLACEHOLDER, load
from pydantic_settings import BaseSettings

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / ".env.example"
ROW = re.compile(r"(?P<unset># )?(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>.+)")
HEADING = re.compile(r"# ---- (\w+) -+")
# 32 bytes in base64 satisfy the rule of every key.
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def blocks() -> dict[str, list[re.Match[str]]]:
    """The variables of each service, in order."""
    found: dict[str, list[re.Match[str]]] = {}
    for text in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if heading := HEADING.fullmatch(text):
            found[heading[1]] = []
        elif found and (row := ROW.fullmatch(text)):
            found[list(found)[-1]].append(row)
    return found


BLOCKS = blocks()


def settings_of(service: str) -> type[BaseSettings]:
    module = import_module(f"ab_{service}.settings")
    found: type[BaseSettings] = getattr(module, f"{service.capitalize()}Settings")
    return found


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for rows in BLOCKS.values():
        for row in rows:
            monkeypatch.delenv(row["name"], raising=False)
    return monkeypatch


def test_the_file_is_what_the_settings_say() -> None:
    command = [sys.executable, "deploy/house/env_example.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == EXAMPLE.read_text(encoding="utf-8")


def test_each_service_has_one_block() -> None:
    assert tuple(BLOCKS) == PARTICIPANTS


@pytest.mark.parametrize("service", PARTICIPANTS)
def test_a_block_has_every_variable_once(service: str) -> None:
    names = [row["name"] for row in BLOCKS[service]]
    assert len(names) == len(set(names))
    assert {name.lower() for name in names} == settings_of(service).model_fields.keys()


@pytest.mark.parametrize("service", PARTICIPANTS)
def test_only_what_is_needed_is_set(service: str) -> None:
    fields = settings_of(service).model_fields
    for row in BLOCKS[service]:
        assert (row["unset"] is None) == fields[row["name"].lower()].is_required(), row["name"]


@pytest.mark.parametrize("service", PARTICIPANTS)
def test_a_copied_block_is_refused_for_each_of_its_placeholders(
    environment: pytest.MonkeyPatch, service: str
) -> None:
    for row in BLOCKS[service]:
        environment.setenv(row["name"], row["value"])
    made_up = {row["name"] for row in BLOCKS[service] if PLACEHOLDER.search(row["value"])}
    with pytest.raises(SettingsInvalid) as refusal:
        load(settings_of(service))
    named = set(re.findall(r"([A-Z0-9_]+) is still a placeholder", refusal.value.message))
    assert named == made_up
    assert made_up & {"RABBITMQ_URL", "OPERATOR_RABBITMQ_URL"}


@pytest.mark.parametrize("service", PARTICIPANTS)
def test_a_block_that_was_filled_in_is_taken(environment: pytest.MonkeyPatch, service: str) -> None:
    for row in BLOCKS[service]:
        if row["name"] != "DEV_DEFAULT_USER":  # refused in production, as the file says
            environment.setenv(row["name"], row["value"].replace("change-me", KEY))
    assert load(settings_of(service))

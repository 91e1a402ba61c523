"""A generated file that is stale, missing or cannot be made fails the check."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

GENERATED = Path(__file__).resolve().parents[1] / "generated.py"
FRESH = "one\ntwo\n"


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, in a repository with two generated files that are up to date."""
    spec = importlib.util.spec_from_file_location("generated", GENERATED)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", ["generated.py"])
    monkeypatch.setattr(module, "ROOT", tmp_path)
    wanted = {"a.txt": ["make.py"], "deep/b.txt": ["make.py"]}
    monkeypatch.setattr(module, "GENERATORS", wanted)
    (tmp_path / "make.py").write_text(f"print({FRESH!r}, end='')")
    (tmp_path / "deep").mkdir()
    for name in wanted:
        (tmp_path / name).write_text(FRESH)
    return module


def test_what_is_up_to_date_passes(generated: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert generated.main() == 0
    assert capsys.readouterr().out == "2 generated files, 0 stale\n"


@pytest.mark.parametrize("text", ["one\n", "one\ntwo\nthree\n", "", None])
def test_what_is_stale_is_named_with_its_remedy(
    generated: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    file = tmp_path / "deep/b.txt"
    file.unlink()
    if text is not None:
        file.write_text(text)
    assert generated.main() == 1
    said = capsys.readouterr().out
    assert "deep/b.txt is stale; bring it up to date: make generate" in said
    assert "2 generated files, 1 stale" in said
    assert "a.txt is" not in said


def test_writing_brings_up_to_date(
    generated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "deep/b.txt").unlink()
    (tmp_path / "deep").rmdir()
    monkeypatch.setattr(sys, "argv", ["generated.py", "--write"])
    assert generated.main() == 0
    assert (tmp_path / "a.txt").read_text() == (tmp_path / "deep/b.txt").read_text() == FRESH


def test_a_generator_that_fails_ends_the_check(generated: Any, tmp_path: Path) -> None:
    (tmp_path / "make.py").write_text("raise SystemExit('no such part')")
    with pytest.raises(SystemExit, match=r"make\.py failed:\nno such part"):
        generated.main()


def test_every_generator_is_a_part_of_the_repository() -> None:
    text = GENERATED.read_text(encoding="utf-8")
    checks = {
        *("api_breaks.py", "budgets.py", "check.py", "generated.py", "schema_breaks.py"),
        *("licences.py", "manifests.py", "terraform_schema.py"),
    }
    scripts = {path.name for path in GENERATED.parent.glob("*.py")} - checks
    assert all(f"deploy/house/{name}" in text for name in scripts)

"""Migrations of all services can be run again after an index could not be built."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[4] / "services"
FILES = [
    path
    for path in sorted(SERVICES.glob("*/migrations/versions/*.py"))
    if "build_index(" in path.read_text()
]


MADE_ONCE = {"op.create_table", "op.add_column", "op.create_index"}


def called(statement: ast.stmt) -> set[str]:
    """Names of what a statement calls."""
    calls = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return {ast.unparse(call) for call in calls}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_indexes_are_built_before_anything_else_is_made(path: Path) -> None:
    # Building commits what was made before without its revision: a second try would make it again.
    body = ast.parse(path.read_text()).body
    functions = {f.name: f for f in body if isinstance(f, ast.FunctionDef)}
    calls = [called(statement) for statement in functions["upgrade"].body]
    last = max(n for n, names in enumerate(calls) if "build_index" in names)
    assert not MADE_ONCE & set().union(*calls[:last])

"""Holds the code to its budgets: length, suppressions, names; prints medians and comment share."""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_SUPPRESSIONS = 5
FORBIDDEN_NAMES = {"utils", "helpers", "common"}
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|ruff:\s*noqa|mypy:|pyright:|pragma:)")
TOP_LEVEL = {
    *("services", "libs", "deploy", "tests-e2e"),
    *("docker-compose.yml", "Makefile", "README.md", "pyproject.toml", "uv.lock"),
}


@dataclass(frozen=True)
class Source:
    """What counts about one Python file."""

    path: Path
    lines: int
    comment_lines: int
    suppressions: list[int]
    functions: dict[str, int]

    @property
    def is_test(self) -> bool:
        """Whether it holds tests."""
        return "tests" in self.path.parts or "tests-e2e" in self.path.parts


def read(root: Path, path: Path) -> Source:
    """Measures one file."""
    text = (root / path).read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    return Source(
        path=path,
        lines=len(text.splitlines()),
        comment_lines=sum(token.line.lstrip().startswith("#") for token in comments),
        suppressions=[token.start[0] for token in comments if SUPPRESSION.search(token.string)],
        functions={
            f"{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        },
    )


def listed(root: Path) -> list[Path]:
    """Returns every file that is, or could be, under version control."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    paths = {Path(name) for name in names.split("\0") if name}
    return sorted(path for path in paths if (root / path).is_file())


def length_faults(sources: list[Source]) -> Iterator[str]:
    """Names files and functions that are too long."""
    for source in sources:
        if source.lines > MAX_FILE_LINES:
            yield f"{source.path}: {source.lines} lines, at most {MAX_FILE_LINES}"
        for name, lines in source.functions.items():
            if lines > MAX_FUNCTION_LINES:
                yield f"{source.path}: {name} has {lines} lines, at most {MAX_FUNCTION_LINES}"


def suppression_faults(sources: list[Source]) -> Iterator[str]:
    """Names every suppressed finding when there are too many."""
    places = [f"{source.path}:{line}" for source in sources for line in source.suppressions]
    if len(places) > MAX_SUPPRESSIONS:
        yield f"{len(places)} suppressions, at most {MAX_SUPPRESSIONS}: {', '.join(places)}"


def name_faults(paths: list[Path]) -> Iterator[str]:
    """Names files that say nothing by their name, and strangers in the root."""
    for path in paths:
        if FORBIDDEN_NAMES & {Path(part).stem for part in path.parts} and path.suffix == ".py":
            yield f"{path}: say what is in it; not {', '.join(sorted(FORBIDDEN_NAMES))}"
    for name in sorted({path.parts[0] for path in paths}):
        if name not in TOP_LEVEL and not name.startswith("."):
            yield f"{name}: doesn't belong into the root"


def service_faults(root: Path) -> Iterator[str]:
    """Holds each service to one name everywhere and to one shape."""
    for folder in sorted(path for path in (root / "services").glob("*") if path.is_dir()):
        name = folder.name
        needed = ["README.md", "Dockerfile", "pyproject.toml", f"src/ab_{name}/__main__.py"]
        for part in needed:
            if not (folder / part).is_file():
                yield f"services/{name}: {part} is missing"
        for package in folder.glob("src/*/__init__.py"):
            if package.parent.name != f"ab_{name}":
                yield f"services/{name}: the package is called {package.parent.name}"
        project = folder / "pyproject.toml"
        if project.is_file() and f'name = "ab-{name}"' not in project.read_text(encoding="utf-8"):
            yield f"services/{name}: pyproject.toml doesn't call it ab-{name}"
        dockerfile = folder / "Dockerfile"
        if dockerfile.is_file() and f"ab_{name}" not in dockerfile.read_text(encoding="utf-8"):
            yield f"services/{name}: the Dockerfile doesn't run ab_{name}"


def figures(title: str, sources: list[Source]) -> str:
    """Describes a group of files in one line."""
    functions = [lines for source in sources for lines in source.functions.values()]
    total = sum(source.lines for source in sources)
    comments = sum(source.comment_lines for source in sources)
    return (
        f"{title}: {len(sources)} files, {total} lines,"
        f" file median {median([source.lines for source in sources] or [0]):.0f},"
        f" longest {max([source.lines for source in sources], default=0)};"
        f" {len(functions)} functions, median {median(functions or [0]):.0f},"
        f" longest {max(functions, default=0)}; comments {100 * comments / (total or 1):.1f} %"
    )


def main() -> int:
    """Returns 1 when a budget is overdrawn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    root = parser.parse_args().root
    paths = listed(root)
    sources = [read(root, path) for path in paths if path.suffix == ".py"]
    faults = [
        *length_faults(sources),
        *suppression_faults(sources),
        *name_faults(paths),
        *service_faults(root),
    ]
    # An empty file that only marks a package would pull the median down.
    filled = [source for source in sources if source.lines]
    print(figures("code", [source for source in filled if not source.is_test]))
    print(figures("tests", [source for source in filled if source.is_test]))
    print(f"suppressions: {sum(len(source.suppressions) for source in sources)}")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

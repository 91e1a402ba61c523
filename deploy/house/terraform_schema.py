"""Holds deploy/terraform to the AWS provider's own schema, read from a package that carries it.

No registry of providers is needed: the wheel of ``cdktf-cdktf-provider-aws`` (made by HashiCorp
from provider 6.25) says which arguments and blocks every resource and data source has.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hcl2

ROOT = Path(__file__).resolve().parents[2] / "deploy" / "terraform"
META = {
    "for_each",
    "count",
    "depends_on",
    "lifecycle",
    "provider",
    "dynamic",
    "__is_block__",
    "__comments__",
}
# Attributes of a resource are only checked where one is named outright: `aws_x.y[...].attribute`.
REFERENCE = re.compile(r"\b(data\.)?(aws_[a-z0-9_]+)\.[a-z_]+(?:\[[^\]]+\])?\.([a-z_]+)")


@dataclass
class Shape:
    """What a block may and must hold; blocks within it by name."""

    allowed: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)
    blocks: dict[str, str] = field(default_factory=dict)


@dataclass
class Kind:
    """One resource or data source: its blocks by class name, and what it can be asked for."""

    shapes: dict[str, Shape]
    top: str
    attributes: set[str]


class Provider:
    """The schema of the provider, kind by kind."""

    def __init__(self, wheel: Path) -> None:
        self._zip = zipfile.ZipFile(wheel)
        self._kinds: dict[str, Kind | None] = {}

    def kind(self, name: str, *, data: bool) -> Kind | None:
        """Return a kind such as ``aws_s3_bucket``, or None where there is none."""
        module = ("data_aws_" if data else "") + name.removeprefix("aws_")
        if module not in self._kinds:
            self._kinds[module] = self._read(module)
        return self._kinds[module]

    def _read(self, module: str) -> Kind | None:
        try:
            text = self._zip.read(f"cdktf_cdktf_provider_aws/{module}/__init__.py").decode()
        except KeyError:
            return None
        classes = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.ClassDef)}
        top = next(n for n in classes if n.endswith("Config") and n[:-6] in classes)
        shapes = {name: _shape(node, set(classes)) for name, node in classes.items()}
        attributes = {n.name for n in classes[top[:-6]].body if isinstance(n, ast.FunctionDef)}
        return Kind(shapes, top, attributes | {"id", "arn"})


def _shape(node: ast.ClassDef, classes: set[str]) -> Shape:
    shape = Shape()
    for method in node.body:
        if not (isinstance(method, ast.FunctionDef) and method.name == "__init__"):
            continue
        pairs = zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True)
        for argument, default in pairs:
            name = argument.arg.rstrip("_")  # `and` and its like are no names in Python
            shape.allowed.add(name)
            if default is None:
                shape.needed.add(name)
            told = ast.unparse(argument.annotation) if argument.annotation else ""
            inner = [c for c in re.findall(r"'(\w+)'", told) if c in classes]
            if inner:
                shape.blocks[name] = inner[0]
    return shape


def block_faults(kind: Kind, shape_name: str, body: Any, where: str) -> Iterator[str]:
    """Name arguments and blocks that the provider does not know, and needed ones that lack."""
    shape = kind.shapes[shape_name]
    given = {name: value for name, value in body.items() if name not in META}
    for row in body.get("dynamic", []):
        for name, inner in row.items():
            given[_bare(name)] = [*given.get(_bare(name), []), *inner["content"]]
    for name, value in given.items():
        if name not in shape.allowed:
            yield f"{where}: {name} is unknown"
        elif name in shape.blocks:
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    yield from block_faults(kind, shape.blocks[name], inner, f"{where}.{name}")
        elif isinstance(value, list) and any(isinstance(v, dict) and META & {*v} for v in value):
            yield f"{where}: {name} is no block"
    for name in sorted(shape.needed - set(given)):
        yield f"{where}: {name} is missing"


def _bare(name: str) -> str:
    return name.strip('"')


def documents(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Parse every .tf file."""
    for path in sorted(root.rglob("*.tf")):
        with path.open(encoding="utf-8") as file:
            yield path, hcl2.load(file)


def blocks(document: dict[str, Any]) -> Iterator[tuple[bool, str, str, dict[str, Any]]]:
    """Every resource and data source of a file: is it data, kind, name, body."""
    for section, data in (("resource", False), ("data", True)):
        for row in document.get(section, []):
            for kind, named in row.items():
                for name, body in named.items():
                    if isinstance(body, dict):
                        yield data, _bare(kind), _bare(name), body


def faults_of(provider: Provider, path: Path, document: dict[str, Any]) -> Iterator[str]:
    """Everything in one file that the provider would refuse."""
    for data, kind_name, name, body in blocks(document):
        where = f"{path.relative_to(ROOT)}: {kind_name}.{name}"
        kind = provider.kind(kind_name, data=data)
        if kind is None:
            yield f"{where}: there is no such kind"
        else:
            yield from block_faults(kind, kind.top, body, where)
    for data, kind_name, attribute in REFERENCE.findall(path.read_text(encoding="utf-8")):
        kind = provider.kind(kind_name, data=bool(data))
        if kind is None or attribute not in kind.attributes | kind.shapes[kind.top].allowed:
            yield f"{path.relative_to(ROOT)}: {kind_name} has no {attribute}"


def main() -> int:
    """Return 1 when the provider would refuse something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="cdktf_cdktf_provider_aws-*.whl")
    provider = Provider(parser.parse_args().wheel)
    read = list(documents(ROOT))
    faults = [fault for path, document in read for fault in faults_of(provider, path, document)]
    for fault in faults:
        print(fault)
    found = [row for _, document in read for row in blocks(document)]
    figures = {
        "files": len(read),
        "resources": sum(not row[0] for row in found),
        "data_sources": sum(row[0] for row in found),
        "kinds": len({(row[0], row[1]) for row in found}),
        "faults": len(faults),
    }
    print(json.dumps(figures))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

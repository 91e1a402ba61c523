"""One instance in a temporary folder."""

import os
from pathlib import Path

import pytest
from ab_local.credentials import Credentials
from ab_local.layout import Layout
from ab_local.ports import allocate
from ab_local.services import port_names
from ab_local.stack import INFRASTRUCTURE_PORTS, Stack


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An instance's folder, ready to be used."""
    layout = Layout(tmp_path / "state", "unit")
    layout.prepare()
    return layout


@pytest.fixture
def stack(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """An instance with ports and credentials, and nothing in the environment to lean on."""
    for name in [name for name in os.environ if name.startswith(("AB_", "AWS_", "MEDIA_"))]:
        monkeypatch.delenv(name)
    names = [*INFRASTRUCTURE_PORTS, *port_names()]
    ports = allocate(layout.state, names, layout.ports, {})
    return Stack(layout, ports, Credentials(layout.credentials))

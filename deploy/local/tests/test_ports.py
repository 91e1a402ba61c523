import socket
from pathlib import Path

import pytest
from ab_local import ports
from ab_local.ports import NoFreePortError, allocate, is_free

NAMES = ("one", "two", "three")


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    return tmp_path / "ports.json"


def listen(port: int) -> socket.socket:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    return server


def test_every_name_gets_a_free_port_of_its_own(tmp_path: Path, remembered: Path) -> None:
    chosen = allocate(tmp_path, NAMES, remembered, {})
    assert sorted(chosen) == sorted(NAMES)
    assert len(set(chosen.values())) == len(NAMES)
    assert all(is_free(port) for port in chosen.values())


def test_the_second_start_gets_the_same_ports(tmp_path: Path, remembered: Path) -> None:
    first = allocate(tmp_path, NAMES, remembered, {})
    assert allocate(tmp_path, reversed(NAMES), remembered, {}) == first


def test_a_port_that_was_taken_meanwhile_is_replaced_alone(
    tmp_path: Path, remembered: Path
) -> None:
    first = allocate(tmp_path, NAMES, remembered, {})
    with listen(first["two"]):
        assert not is_free(first["two"])
        second = allocate(tmp_path, NAMES, remembered, {})
    assert second["two"] not in first.values()
    assert (second["one"], second["three"]) == (first["one"], first["three"])


def test_the_preferred_port_is_taken_when_it_is_free(tmp_path: Path, remembered: Path) -> None:
    wished = allocate(tmp_path / "elsewhere", ("any",), tmp_path / "other.json", {})["any"]
    assert allocate(tmp_path, ("one",), remembered, {"one": wished}) == {"one": wished}
    with listen(wished):
        assert allocate(tmp_path, ("one",), remembered, {"one": wished})["one"] != wished


def test_instances_side_by_side_begin_in_different_places(tmp_path: Path) -> None:
    dev, test = (next(ports.candidates(tmp_path / name)) for name in ("dev", "test"))
    assert dev != test


def test_running_out_of_ports_is_an_error(
    tmp_path: Path, remembered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "SPAN", 2)
    monkeypatch.setattr(ports, "SPANS", 1)
    with pytest.raises(NoFreePortError, match="three"):
        allocate(tmp_path, NAMES, remembered, {})

"""The fault proxy, against a server that sends everything back."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from failures.proxy import FaultProxies, Handle

PATIENCE = 2.0
SHORT = 0.15


class Echo:
    """A blocking TCP server on a thread that sends back what it gets."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except OSError:
            pass
        self.closed.set()
        connection.close()

    def stop(self) -> None:
        """Ends it."""
        # Closing alone would not wake the thread that is accepting.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    """The server behind the proxy."""
    server = Echo()
    yield server
    with contextlib.suppress(OSError):
        server.stop()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Handle]:
    """The proxy under test."""
    with FaultProxies({"echo": lambda: echo.port}) as proxies:
        yield proxies["echo"]


def connect(proxy: Handle) -> socket.socket:
    """A client of the proxy."""
    client = socket.create_connection(("127.0.0.1", proxy.port), PATIENCE)
    client.settimeout(PATIENCE)
    return client


def ask(client: socket.socket, data: bytes = b"hello") -> bytes:
    """What comes back, all of it."""
    client.sendall(data)
    answer = b""
    while len(answer) < len(data) and (part := client.recv(65536)):
        answer += part
    return answer


def is_silent(client: socket.socket) -> bool:
    """Tells whether nothing comes for a moment, while the connection stays open."""
    client.settimeout(SHORT)
    try:
        return client.recv(1) == b"never"
    except TimeoutError:
        return True
    finally:
        client.settimeout(PATIENCE)


def test_passes_a_megabyte_both_ways(proxy: Handle) -> None:
    data = bytes(range(256)) * 4096
    with connect(proxy) as client:
        threading.Thread(target=client.sendall, args=(data,), daemon=True).start()
        received = b""
        while len(received) < len(data):
            received += client.recv(65536)
    assert received == data


def test_the_end_of_one_side_reaches_the_other(proxy: Handle, echo: Echo) -> None:
    with connect(proxy) as client:
        assert ask(client) == b"hello"
    assert echo.closed.wait(PATIENCE)


def test_delays_every_byte_but_not_those_behind_it(proxy: Handle) -> None:
    delay = 4 * SHORT
    proxy.delay(delay)
    with connect(proxy) as client:
        began = time.monotonic()
        client.sendall(b"a")
        time.sleep(SHORT / 2)
        client.sendall(b"b")
        assert client.recv(1) == b"a"
        first = time.monotonic() - began
        assert client.recv(1) == b"b"
        second = time.monotonic() - began
    assert first >= 2 * delay
    # Nearly as soon as it was sent after the other; in a queue it would be a delay later.
    assert second - first < delay


def test_lets_bytes_trickle(proxy: Handle) -> None:
    proxy.throttle(4000)
    with connect(proxy) as client:
        began = time.monotonic()
        assert ask(client, b"x" * 1000) == b"x" * 1000
    assert time.monotonic() - began >= 0.75 * 1000 / 4000


def test_frozen_bytes_arrive_after_healing(proxy: Handle) -> None:
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        proxy.freeze()
        client.sendall(b"later")
        assert is_silent(client)
        proxy.heal()
        assert client.recv(5) == b"later"


def test_a_half_open_connection_is_silent_and_reset_after_healing(
    proxy: Handle, echo: Echo
) -> None:
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        proxy.half_open()
        assert echo.closed.wait(PATIENCE)
        client.sendall(b"lost")
        assert is_silent(client)
        with connect(proxy) as newcomer:
            newcomer.sendall(b"lost")
            assert is_silent(newcomer)
        proxy.heal()
        with pytest.raises(ConnectionError):
            client.recv(1)
    with connect(proxy) as client:
        assert ask(client) == b"hello"


def test_refuses_newcomers_and_keeps_the_others(proxy: Handle) -> None:
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        assert ask(client) == b"hello"
        proxy.heal()
        with connect(proxy) as newcomer:
            assert ask(newcomer) == b"hello"


def test_cuts_what_is_connected_once(proxy: Handle) -> None:
    with connect(proxy) as client:
        assert ask(client) == b"hello"
        assert proxy.cut() == 1
        with pytest.raises(ConnectionError):
            client.recv(1)
    with connect(proxy) as client:
        assert ask(client) == b"hello"


def test_a_server_that_is_away_is_a_reset(echo: Echo) -> None:
    echo.stop()
    with (
        FaultProxies({"echo": lambda: echo.port}) as proxies,
        pytest.raises(ConnectionError),
        connect(proxies["echo"]) as client,
    ):
        client.recv(1)


def test_tells_the_stack_its_ports(echo: Echo) -> None:
    with FaultProxies({"s3": lambda: echo.port, "valkey": lambda: echo.port}) as proxies:
        ports = proxies["s3"].port, proxies["valkey"].port
        assert proxies.environment == {"AB_SERVICE_PORTS": f"s3={ports[0]},valkey={ports[1]}"}
        assert len({*ports, echo.port}) == 3

"""A small TCP proxy that breaks connections on request, to stand before a broker or a database.

    with FaultProxies.of_stack(state) as proxies:  # the folder given as `ab_local --state`
        # AB_SERVICE_PORTS makes `ab_local up` send its services (only them) through the proxies.
        subprocess.run([..., "ab_local", "--state", state, "up"], env=environ | proxies.environment)
        proxies["postgres"].cut()

A proxy passes bytes on until told otherwise; each of these ends the one before::

    heal()          bytes pass; what was frozen arrives, half-open connections are reset
    delay(seconds)  every byte arrives that much later, each way; throughput stays
    throttle(rate)  bytes trickle at that many bytes a second, each way
    freeze()        nothing arrives, nothing is lost, connections stay open: a stopped server
    half_open()     the server's end is gone, the client's stays open and silent; new ones too
    refuse()        new connections are refused; existing ones live on
    cut()           existing connections are reset, once; the present state goes on

The proxies live on a thread of their own, so that both blocking code and tests on an event loop
can use them; every call returns when its effect has happened.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

LOOPBACK = "127.0.0.1"
PARTS = ("rabbitmq", "postgres", "valkey", "s3")
SERVICE_PORTS = "AB_SERVICE_PORTS"
CHUNK = 64 * 1024
HELD_CHUNKS = 64
TICK_SECONDS = 0.05
CALL_SECONDS = 5.0

Target = Callable[[], int]
ResultT = TypeVar("ResultT")


class Mode(StrEnum):
    """What happens to bytes and to new connections."""

    PASS = "pass"
    FROZEN = "frozen"
    HALF_OPEN = "half-open"
    REFUSING = "refusing"


class FaultProxy:
    """One listening port before one server; every method belongs on the proxies' event loop."""

    def __init__(self, target: Target) -> None:
        self.port = 0
        self.accepted = 0
        self.mode = Mode.PASS
        self.delay_seconds = 0.0
        self.rate = 0.0
        self._target = target
        self._flowing = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._links: dict[asyncio.StreamWriter, asyncio.StreamWriter | None] = {}

    async def become(self, mode: Mode, delay: float = 0.0, rate: float = 0.0) -> None:
        """Changes what happens from now on."""
        before, self.mode = self.mode, mode
        self.delay_seconds, self.rate = delay, rate
        if mode is Mode.FROZEN:
            self._flowing.clear()
        else:
            self._flowing.set()
        if mode is Mode.REFUSING:
            self._stop_listening()
        else:
            await self._listen()
        if mode is Mode.HALF_OPEN:
            servers, self._links = list(self._links.values()), dict.fromkeys(self._links)
            _abort(servers)
        elif before is Mode.HALF_OPEN:
            # A host that came back answers a packet of a connection it forgot with a reset.
            _abort([client for client, server in self._links.items() if server is None])

    async def cut(self) -> int:
        """Resets every connection; returns how many there were."""
        clients = list(self._links)
        _abort(clients)
        return len(clients)

    async def close(self) -> None:
        """Stops listening and resets what is connected."""
        self._stop_listening()
        await self.cut()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
            self.port = int(self._server.sockets[0].getsockname()[1])

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, requests: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._links[client] = None
        try:
            if self.mode is not Mode.HALF_OPEN:
                answers, server = await asyncio.open_connection(LOOPBACK, self._target())
                self._links[client] = server
                await self._carry_both(requests, server, answers, client)
            if self._links.get(client) is None:
                while await requests.read(CHUNK):
                    pass
        except OSError:
            pass  # either end is gone, and so will the other be
        finally:
            _abort([client, self._links.pop(client, None)])

    async def _carry_both(
        self,
        requests: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        client: asyncio.StreamWriter,
    ) -> None:
        """Carries bytes both ways until one end closes or is gone."""
        ways = [
            asyncio.create_task(self._carry(requests, server)),
            asyncio.create_task(self._carry(answers, client)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            _abort([server])

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        # A queue between reading and writing: late bytes must not hold back those behind them.
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(HELD_CHUNKS)
        reading = asyncio.create_task(self._hold(source, held))
        try:
            await self._let_go(held, sink)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _hold(
        self, source: asyncio.StreamReader, held: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        loop = asyncio.get_running_loop()
        data = b"-"
        while data:
            try:
                data = await source.read(CHUNK)
            except OSError:
                data = b""
            await held.put((loop.time() + self.delay_seconds, data))

    async def _let_go(
        self, held: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await held.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self._flowing.wait()
            if not data:
                if self.mode is not Mode.HALF_OPEN:
                    sink.close()
                    await sink.wait_closed()
                return
            while data:
                await self._flowing.wait()
                size = max(1, int(self.rate * TICK_SECONDS)) if self.rate else len(data)
                sink.write(data[:size])
                await sink.drain()
                data = data[size:]
                await asyncio.sleep(size / self.rate if self.rate else 0.0)


class Handle:
    """A proxy as seen from any other thread."""

    def __init__(self, proxy: FaultProxy, loop: asyncio.AbstractEventLoop) -> None:
        self._proxy = proxy
        self._loop = loop

    @property
    def port(self) -> int:
        """Where the proxy listens."""
        return self._proxy.port

    @property
    def accepted(self) -> int:
        """How many connections there have been."""
        return self._proxy.accepted

    @property
    def mode(self) -> Mode:
        """What happens to bytes now."""
        return self._proxy.mode

    def heal(self) -> None:
        """Lets everything pass."""
        self._run(self._proxy.become(Mode.PASS))

    def delay(self, seconds: float) -> None:
        """Makes every byte late."""
        self._run(self._proxy.become(Mode.PASS, seconds))

    def throttle(self, bytes_per_second: float) -> None:
        """Makes bytes trickle."""
        self._run(self._proxy.become(Mode.PASS, 0.0, bytes_per_second))

    def freeze(self) -> None:
        """Holds everything back until healed."""
        self._run(self._proxy.become(Mode.FROZEN))

    def half_open(self) -> None:
        """Loses the server without telling the clients."""
        self._run(self._proxy.become(Mode.HALF_OPEN))

    def refuse(self) -> None:
        """Lets nobody new in."""
        self._run(self._proxy.become(Mode.REFUSING))

    def cut(self) -> int:
        """Resets what is connected; returns how many connections that were."""
        return self._run(self._proxy.cut())

    def close(self) -> None:
        """Ends the proxy."""
        self._run(self._proxy.close())

    def _run(self, call: Coroutine[None, None, ResultT]) -> ResultT:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(CALL_SECONDS)


class FaultProxies:
    """Proxies by name, before ports that may be known only when somebody connects."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = targets
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._handles: dict[str, Handle] = {}

    @classmethod
    def of_stack(cls, state: Path, parts: tuple[str, ...] = PARTS) -> Self:
        """Proxies before the servers of an ``ab_local`` instance, started already or not."""
        return cls({part: _port_in(state / "ports.json", part) for part in parts})

    @property
    def environment(self) -> dict[str, str]:
        """What makes ``ab_local up`` send its services through the proxies."""
        ports = (f"{name}={handle.port}" for name, handle in self._handles.items())
        return {SERVICE_PORTS: ",".join(ports)}

    def __getitem__(self, name: str) -> Handle:
        return self._handles[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._handles)

    def heal(self) -> None:
        """Lets everything pass everywhere."""
        for handle in self._handles.values():
            handle.heal()

    def __enter__(self) -> Self:
        self._thread.start()
        for name, target in self._targets.items():
            self._handles[name] = Handle(FaultProxy(target), self._loop)
            self._handles[name].heal()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for handle in self._handles.values():
            handle.close()
        self._end_tasks()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)
        self._loop.close()

    def _end_tasks(self) -> None:
        async def end() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            # An aborted connection lets go of its socket in the loop's next rounds.
            for _ in range(3):
                await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(CALL_SECONDS)


def _port_in(file: Path, part: str) -> Target:
    def port() -> int:
        return int(json.loads(file.read_text())[part])

    return port


def _abort(writers: Iterable[asyncio.StreamWriter | None]) -> None:
    for writer in writers:
        if writer is not None and not writer.is_closing():
            # Closed without lingering, a socket sends a reset instead of a polite end.
            peer: socket.socket = writer.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

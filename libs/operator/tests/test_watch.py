"""The watch, at a real TLS server, real folders and a real bucket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from ab_operator.commands.watch import create_app
from ab_operator.watching import looks, metrics, outside
from ab_operator.watching.looks import certificate_end, disk_free, newest_backup, newest_object
from ab_operator.watching.outside import MOST_BYTES, ask
from ab_operator.watching.rounds import Look, Watch
from ab_operator.watching.settings import WatchSettings
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import load
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.servers import S3Server
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from prometheus_client import REGISTRY

NOW = datetime.now(UTC).replace(microsecond=0)
ENDED = NOW - timedelta(hours=1)
SOON = NOW + timedelta(minutes=20)


def certificate(folder: Path, end: datetime) -> ssl.SSLContext:
    """A server's side with a certificate of its own that ends then."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "server.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@asynccontextmanager
async def server(context: ssl.SSLContext | None) -> AsyncIterator[str]:
    """Answers nothing, in TLS or not; yields its host and port."""

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    running = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    async with running:
        yield f"127.0.0.1:{running.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def saying(words: bytes, *, hang: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answers everything with these bytes; yields its address and what it is asked."""
    asked: list[bytes] = []
    hung_up = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hung_up.clear()
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(words)
            await writer.drain()
            if hang:
                await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        hung_up.set()

    running = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}/v1/health", asked
        await hung_up.wait()


@contextmanager
def https(context: ssl.SSLContext) -> Iterator[str]:
    """Says nothing but 200 over TLS; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.end_headers()

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.socket = context.wrap_socket(served.socket, server_side=True)
    thread = threading.Thread(target=served.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"https://localhost:{served.server_port}/"
    finally:
        served.shutdown()
        served.server_close()
        thread.join()


def shown(metric: str, /, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(metric, labels)


def backup(folder: Path, taken_at: datetime) -> None:
    folder.mkdir(parents=True)
    manifest = {"format": 1, "taken_at": taken_at.isoformat()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("end", [SOON, ENDED])
async def test_a_certificate_is_seen_even_when_it_has_ended(tmp_path: Path, end: datetime) -> None:
    async with server(certificate(tmp_path, end)) as host:
        assert await certificate_end(host) == end.timestamp()


async def test_who_speaks_no_tls_is_counted_and_the_last_certificate_stays(tmp_path: Path) -> None:
    async with server(certificate(tmp_path, SOON)) as host:
        watch = Watch(WatchSettings(watch_certificates=(host,), watch_look_seconds=2))
        assert await watch.go_round() == 0
    assert await watch.go_round() == 1
    what = f"certificate {host}"
    assert shown("ab_certificate_expires_timestamp_seconds", host=host) == SOON.timestamp()
    assert shown("ab_watch_failures_total", what=what) == 1


async def test_who_never_answers_does_not_hold_up_the_round() -> None:
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1024):
                pass
        writer.close()
        hung_up.set()

    running = await asyncio.start_server(silent, "127.0.0.1", 0)
    host = f"127.0.0.1:{running.sockets[0].getsockname()[1]}"
    watch = Watch(WatchSettings(watch_certificates=(host,), watch_look_seconds=0.2))
    async with asyncio.timeout(5):
        assert await watch.go_round() == 1
        # Nothing of the connection is left, on either side.
        await hung_up.wait()
    running.close()


async def test_who_does_not_say_goodbye_has_shown_a_certificate(tmp_path: Path) -> None:
    listening, held = socket.create_server(("127.0.0.1", 0)), list[socket.socket]()
    context = certificate(tmp_path, SOON)

    def greet() -> None:
        came, _ = listening.accept()
        held.append(context.wrap_socket(came, server_side=True))

    greeting = asyncio.create_task(asyncio.to_thread(greet))
    async with asyncio.timeout(5):
        found = await certificate_end(f"127.0.0.1:{listening.getsockname()[1]}")
        await greeting
    assert found == SOON.timestamp()
    for each in (listening, *held):
        each.close()


async def test_what_hangs_is_not_asked_twice_at_once() -> None:
    release, asked = threading.Event(), []

    def hanging() -> float:
        asked.append(1)
        release.wait(10)
        return 0.5

    look = Look("disk hung", lambda: asyncio.to_thread(hanging), metrics.DISK, "hung")
    assert not await look.take(0.05)
    assert not await look.take(0.05)
    assert len(asked) == 1
    release.set()
    assert await look.take(5)
    assert shown("ab_disk_free_ratio", path="hung") == 0.5


def test_the_newest_whole_backup_counts(tmp_path: Path) -> None:
    assert newest_backup(tmp_path) == 0
    backup(tmp_path / "monday", NOW - timedelta(days=2))
    backup(tmp_path / "tuesday", NOW - timedelta(days=1))
    backup(tmp_path / "wednesday.part", NOW)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "manifest.json").write_text("{")
    assert newest_backup(tmp_path) == (NOW - timedelta(days=1)).timestamp()
    assert newest_backup(tmp_path / "monday") == (NOW - timedelta(days=2)).timestamp()
    with pytest.raises(ValueError, match="no manifest"):
        newest_backup(tmp_path / "damaged")
    with pytest.raises(FileNotFoundError):
        newest_backup(tmp_path / "elsewhere")


async def test_a_place_that_is_gone_shows_no_backup_at_all(tmp_path: Path) -> None:
    watch = Watch(WatchSettings(watch_backups={"lost": str(tmp_path / "lost")}))
    assert await watch.go_round() == 1
    assert shown("ab_backup_finished_timestamp_seconds", what="lost") == 0


@pytest.mark.real
async def test_a_backup_in_a_bucket_is_as_old_as_its_manifest(
    object_store: ObjectStore, s3_server: S3Server
) -> None:
    where = f"s3://{object_store.bucket}/backups"
    assert await newest_object(s3_server, where) == 0
    await object_store.put("backups/monday/session.dump", b"x", "application/octet-stream")
    assert await newest_object(s3_server, where) == 0
    await object_store.put("backups/monday/manifest.json", b"{}", "application/json")
    found = await newest_object(s3_server, where)
    assert abs(found - datetime.now(UTC).timestamp()) < 60


@pytest.mark.real
async def test_a_bucket_too_full_to_be_looked_through_is_no_answer(
    object_store: ObjectStore, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "PAGE", 1)
    monkeypatch.setattr(looks, "MOST_PAGES", 2)
    for day in ("monday", "tuesday"):
        await object_store.put(f"full/{day}/manifest.json", b"{}", "application/json")
    with pytest.raises(ValueError, match="name a prefix"):
        await newest_object(s3_server, f"s3://{object_store.bucket}/full")


def test_a_disk_has_a_share_left(tmp_path: Path) -> None:
    assert 0 <= disk_free(str(tmp_path)) <= 1
    with pytest.raises(FileNotFoundError):
        disk_free(str(tmp_path / "nowhere"))


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def test_an_address_that_answers_is_up_until_it_does_not() -> None:
    async with saying(OK) as (address, asked):
        watch = Watch(WatchSettings(watch_urls={"one": address}, watch_look_seconds=2))
        assert await watch.go_round() == 0
        assert shown("ab_url_up", name="one") == 1
        assert 0 < (shown("ab_url_seconds", name="one") or 0) < 2
    # That it is away is what was looked for: the look itself has not failed.
    assert await watch.go_round() == 0
    assert shown("ab_url_up", name="one") == 0
    assert shown("ab_watch_failures_total", what="url one") == 0
    assert asked[0].startswith(b"GET /v1/health HTTP/1.1\r\n")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", "503"),
        (b"HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n", "302"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "RemoteProtocolError"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "RemoteProtocolError"),
        (b"", "RemoteProtocolError"),
    ],
)
async def test_only_a_whole_2xx_is_up_and_one_question_is_asked(words: bytes, why: str) -> None:
    async with saying(words) as (address, asked):
        answer = await ask(address, 2)
    assert (answer.up, answer.why) == (False, why)
    assert len(asked) == 1


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
async def test_who_is_silent_is_away_when_its_time_is_over(words: bytes) -> None:
    async with saying(words, hang=True) as (address, _):
        watch = Watch(WatchSettings(watch_urls={"silent": address}, watch_look_seconds=2))
        async with asyncio.timeout(5):
            assert await watch.go_round() == 0
    assert shown("ab_url_up", name="silent") == 0
    assert 1.2 < (shown("ab_url_seconds", name="silent") or 0) < 2


async def test_of_a_body_without_end_a_little_is_read() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n" + bytes(MOST_BYTES)
    async with saying(endless, hang=True) as (address, _):
        answer = await ask(address, 2)
    assert answer.up
    assert answer.seconds < 2


@pytest.fixture
def everybody_believes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What ``certificate`` makes is signed by somebody who is known."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    outside._believed.cache_clear()
    yield
    outside._believed.cache_clear()


@pytest.mark.usefixtures("everybody_believes")
@pytest.mark.parametrize(("end", "why"), [(SOON, ""), (ENDED, "ConnectError")])
async def test_a_certificate_that_has_ended_is_as_good_as_away(
    tmp_path: Path, end: datetime, why: str
) -> None:
    with https(certificate(tmp_path, end)) as address:
        answer = await ask(address, 2)
    assert (answer.up, answer.why) == (not why, why)


async def test_a_certificate_that_nobody_believes_is_too(tmp_path: Path) -> None:
    with https(certificate(tmp_path, SOON)) as address:
        assert (await ask(address, 2)).why == "ConnectError"


async def test_a_name_that_nobody_knows_is_away() -> None:
    assert (await ask("https://api.invalid/v1/health", 5)).why == "ConnectError"


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ("api=https://api.example.com", "WATCH_URLS is no JSON"),
        ('["https://api.example.com"]', "WATCH_URLS Input should be a valid dictionary"),
        ('{"Api it is": "https://api.example.com"}', "WATCH_URLS has a name"),
        ('{"https://me:hush@a.example": "api"}', "WATCH_URLS has a name"),
        ('{"api": "api.example.com", "www": "https://a.example"}', "asked: api is no http"),
        ('{"api": "https://", "ftp": "ftp://a.example"}', r"api is no http.*, ftp is no http"),
        ('{"api": "https://a.example:99999"}', "api has a port"),
        ('{"api": "https://a.example:port"}', "api is no address"),
        ('{"api": "https://me:hush@a.example"}', "api has a user or password"),
    ],
)
def test_what_cannot_be_asked_is_named_and_not_shown(
    told: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCH_URLS", told)
    with pytest.raises(SettingsInvalid, match=wrong) as refused:
        load(WatchSettings)
    assert "hush" not in refused.value.message


async def test_it_is_ready_after_the_first_round_and_shows_everything(tmp_path: Path) -> None:
    backup(tmp_path / "monday", NOW)
    settings = WatchSettings(
        watch_backups={"all": str(tmp_path)},
        watch_disks=(str(tmp_path),),
        watch_secrets={"rabbitmq": date(2026, 11, 1)},
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://watch") as http,
        app.router.lifespan_context(app),
    ):
        for _ in range(500):
            if (await http.get("/readyz")).status_code == 200:
                break
            await asyncio.sleep(0.01)
        text = (await http.get("/metrics")).text
    assert shown("ab_backup_finished_timestamp_seconds", what="all") == NOW.timestamp()
    assert shown("ab_secret_changed_timestamp_seconds", name="rabbitmq") == 1793491200
    assert 'ab_backup_finished_timestamp_seconds{what="all"}' in text
    assert 'ab_secret_changed_timestamp_seconds{name="rabbitmq"}' in text
    assert f'ab_disk_free_ratio{{path="{tmp_path}"}}' in text
    assert f'ab_watch_failures_total{{what="disk {tmp_path}"}} 0.0' in text


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCH_CERTIFICATES", '["api.example.com"]')
    monkeypatch.setenv("WATCH_SECRETS", '{"postgres": "2026-11-01"}')
    monkeypatch.setenv("WATCH_URLS", '{"api": "https://api.example.com/v1/health"}')
    found = WatchSettings()
    assert found.watch_certificates == ("api.example.com",)
    assert found.watch_secrets == {"postgres": date(2026, 11, 1)}
    assert found.watch_urls == {"api": "https://api.example.com/v1/health"}

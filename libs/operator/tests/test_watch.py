"""The watch, at a real TLS server, real folders and a real bucket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from ab_operator.commands.watch import create_app
from ab_operator.watching import metrics
from ab_operator.watching.looks import certificate_end, disk_free, newest_backup, newest_object
from ab_operator.watching.rounds import Look, Watch
from ab_operator.watching.settings import WatchSettings
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


def test_a_disk_has_a_share_left(tmp_path: Path) -> None:
    assert 0 <= disk_free(str(tmp_path)) <= 1
    with pytest.raises(FileNotFoundError):
        disk_free(str(tmp_path / "nowhere"))


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
    found = WatchSettings()
    assert found.watch_certificates == ("api.example.com",)
    assert found.watch_secrets == {"postgres": date(2026, 11, 1)}

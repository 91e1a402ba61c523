"""Something for ``ab operator watch`` to look at: a certificate, a backup, a secret's age."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOBODY = "127.0.0.1:1"


@contextmanager
def watched(folder: Path) -> Iterator[dict[str, str]]:
    """What the watch is to be told in its environment; one of its hosts is not there."""
    now = datetime.now(UTC)
    (folder / "backups").mkdir()
    manifest = {"taken_at": (now - timedelta(hours=5)).isoformat()}
    (folder / "backups/manifest.json").write_text(json.dumps(manifest))
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = _context(folder, now + timedelta(days=60)).wrap_socket(
        server.socket, server_side=True
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "WATCH_CERTIFICATES": json.dumps([f"127.0.0.1:{server.server_port}", NOBODY]),
            "WATCH_BACKUPS": json.dumps({"all": str(folder / "backups")}),
            "WATCH_SECRETS": json.dumps({"rabbitmq": str((now - timedelta(days=20)).date())}),
        }
    finally:
        server.shutdown()
        server.server_close()


def _context(folder: Path, end: datetime) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(end - timedelta(days=90))
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

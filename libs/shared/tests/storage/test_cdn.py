from __future__ import annotations

import asyncio
import base64
import http.client
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from ab_shared.errors import SettingsInvalid
from ab_shared.storage.cdn import CLOUDFRONT_HASH, CloudFrontUrlSigner, PresignedUrlSigner
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.servers import S3Server
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

EXPIRY = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = "stems/0/Babbling Brook.m4a"
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> SecretStr:
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SecretStr(encoded.decode())


def cloudfront_signer(domain: str = "media.example.com") -> CloudFrontUrlSigner:
    return CloudFrontUrlSigner(domain, "K123", pem(PRIVATE))


def verify(url: str, resource: str) -> None:
    """As the edge does it, from the developer guide: canned policy, RSA-SHA1, odd base64."""
    query = parse_qs(urlsplit(url).query)
    policy = {
        "Statement": [
            {
                "Resource": resource,
                "Condition": {"DateLessThan": {"AWS:EpochTime": int(query["Expires"][0])}},
            }
        ]
    }
    text = json.dumps(policy, separators=(",", ":"))
    signature = query["Signature"][0].translate(str.maketrans("-_~", "+=/"))
    PRIVATE.public_key().verify(
        base64.b64decode(signature), text.encode(), padding.PKCS1v15(), CLOUDFRONT_HASH()
    )


def test_cloudfront_urls_verify_at_the_edge() -> None:
    url = cloudfront_signer().sign(KEY, expires_at=EXPIRY)
    resource = "https://media.example.com/stems/0/Babbling%20Brook.m4a"
    assert url.startswith(resource + "?")
    assert parse_qs(urlsplit(url).query)["Expires"] == [str(int(EXPIRY.timestamp()))]
    assert parse_qs(urlsplit(url).query)["Key-Pair-Id"] == ["K123"]
    verify(url, resource)


def test_cloudfront_urls_of_another_resource_do_not() -> None:
    url = cloudfront_signer().sign(KEY, expires_at=EXPIRY)
    with pytest.raises(InvalidSignature):
        verify(url, "https://media.example.com/stems/0/Other.m4a")


def test_a_key_can_come_with_escaped_line_feeds() -> None:
    escaped = SecretStr(pem(PRIVATE).get_secret_value().replace("\n", "\\n"))
    signer = CloudFrontUrlSigner("http://127.0.0.1:9000/", "K123", escaped)
    verify(signer.sign("a", expires_at=EXPIRY), "http://127.0.0.1:9000/a")


@pytest.mark.parametrize("key", ["nonsense", pem(ed25519.Ed25519PrivateKey.generate())])
def test_a_key_that_cannot_sign_is_refused_at_once(key: str | SecretStr) -> None:
    secret = key if isinstance(key, SecretStr) else SecretStr(key)
    with pytest.raises(SettingsInvalid) as caught:
        CloudFrontUrlSigner("media.example.com", "K123", secret)
    assert secret.get_secret_value() not in str(caught.value)


def presigner(server: S3Server, bucket: str, base: str | None = None) -> PresignedUrlSigner:
    return PresignedUrlSigner(
        base or server.aws_endpoint_url_s3,
        bucket,
        region=server.aws_region,
        access_key_id=server.aws_access_key_id,
        secret_access_key=server.aws_secret_access_key,
    )


@given(seconds=st.integers(-(10**6), 10**9))
def test_presigned_lifetimes_stay_within_what_the_signature_allows(seconds: int) -> None:
    server = S3Server("http://127.0.0.1:1", SecretStr("key"), SecretStr("secret"))
    url = presigner(server, "b").sign(
        KEY, expires_at=datetime.now(UTC) + timedelta(seconds=seconds)
    )
    lifetime = int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])
    assert 1 <= lifetime <= 604800
    assert lifetime <= max(seconds, 1)


def fetch(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.real
class TestPresignedUrls:
    @pytest.fixture
    async def url(self, object_store: ObjectStore, s3_server: S3Server) -> str:
        await object_store.put(KEY, b"0123456789", "audio/mp4")
        signer = presigner(s3_server, object_store.bucket)
        return signer.sign(KEY, expires_at=datetime.now(UTC) + timedelta(minutes=5))

    async def test_open_the_object(self, url: str) -> None:
        assert urlsplit(url).path.rpartition("/")[2] == "Babbling%20Brook.m4a"
        assert await asyncio.to_thread(fetch, url, {}) == (200, b"0123456789")

    async def test_serve_the_probe_of_a_player(self, url: str) -> None:
        assert await asyncio.to_thread(fetch, url, {"Range": "bytes=0-1"}) == (206, b"01")

    async def test_are_refused_when_tampered_with(self, url: str) -> None:
        other = url.replace("Babbling", "Rambling")
        longer = url.replace("X-Amz-Expires=", "X-Amz-Expires=1")
        for tampered in (other, longer, url[:-1] + ("0" if url[-1] != "0" else "1")):
            status, _ = await asyncio.to_thread(fetch, tampered, {})
            assert status == 403

    async def test_are_bound_to_the_host_they_name(self, url: str) -> None:
        status, _ = await asyncio.to_thread(fetch, url, {"Host": "elsewhere.example:8333"})
        assert status == 403

    async def test_end(self, object_store: ObjectStore, s3_server: S3Server) -> None:
        await object_store.put(KEY, b"0123456789", "audio/mp4")
        signer = presigner(s3_server, object_store.bucket)
        url = signer.sign(KEY, expires_at=datetime.now(UTC) - timedelta(minutes=5))
        assert "X-Amz-Expires=1&" in url
        await asyncio.sleep(2.1)  # the store's clock cannot be moved
        assert (await asyncio.to_thread(fetch, url, {}))[0] == 403

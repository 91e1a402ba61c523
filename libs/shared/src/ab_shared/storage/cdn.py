"""Signed URLs for players: of CloudFront where it is configured, of the S3 store otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pydantic import SecretStr

from ab_shared.errors import SettingsInvalid

LONGEST_PRESIGN_SECONDS = 7 * 24 * 3600  # SigV4 allows no more

CLOUDFRONT_HASH: type[hashes.HashAlgorithm] = hashes.SHA1  # by its protocol: no other is taken


def url_path(key: str) -> str:
    """A key as a URL path: ``stems/x/Babbling Brook.m4a`` → ``stems/x/Babbling%20Brook.m4a``."""
    # As SigV4 encodes a path: any other spelling of the same URL is another signature.
    return quote(key, safe="/~")


def _base(url: str) -> str:
    return (url if "://" in url else f"https://{url}").rstrip("/")


class CloudFrontUrlSigner:
    """Signs with a canned policy and an RSA key of the distribution's key group.

    Source: Amazon CloudFront developer guide, "Create a signed URL using a canned policy": RSA
    with SHA-1, base64 with ``+ = /`` as ``- _ ~``. ``domain`` may carry a scheme.
    """

    def __init__(self, domain: str, key_pair_id: str, private_key_pem: SecretStr) -> None:
        self._base = _base(domain)
        self._key = _rsa_key(private_key_pem)
        self._signer = CloudFrontSigner(key_pair_id, self._sha1)

    def sign(self, key: str, *, expires_at: datetime) -> str:
        """A URL that works until ``expires_at`` (aware, whole seconds)."""
        return self._signer.generate_presigned_url(
            f"{self._base}/{url_path(key)}", date_less_than=expires_at
        )

    def _sha1(self, message: bytes) -> bytes:
        return self._key.sign(message, padding.PKCS1v15(), CLOUDFRONT_HASH())


def _rsa_key(pem: SecretStr) -> rsa.RSAPrivateKey:
    # Environment files cannot hold line feeds: they come as backslash-n.
    text = pem.get_secret_value().replace("\\n", "\n")
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError):
        raise SettingsInvalid("The CloudFront private key is no unencrypted PEM key") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SettingsInvalid("The CloudFront private key is no RSA key")
    return key


class PresignedUrlSigner:
    """Signs S3 URLs (Signature Version 4, query parameters), path style, without asking the store.

    ``public_base_url`` is the store as the player reaches it: the host is part of the signature.
    """

    def __init__(
        self,
        public_base_url: str,
        bucket: str,
        *,
        region: str,
        access_key_id: SecretStr,
        secret_access_key: SecretStr,
    ) -> None:
        self._base = f"{_base(public_base_url)}/{bucket}"
        self._region = region
        self._credentials = Credentials(
            access_key_id.get_secret_value(), secret_access_key.get_secret_value()
        )

    def sign(self, key: str, *, expires_at: datetime) -> str:
        """A URL that works until ``expires_at`` (aware), a week at most, a second at least."""
        seconds = int((expires_at - datetime.now(UTC)).total_seconds())
        lifetime = min(max(seconds, 1), LONGEST_PRESIGN_SECONDS)
        request = AWSRequest(method="GET", url=f"{self._base}/{url_path(key)}")
        S3SigV4QueryAuth(self._credentials, "s3", self._region, expires=lifetime).add_auth(request)
        return str(request.url)

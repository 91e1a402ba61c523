"""Access tokens as the gateway will verify them."""

from __future__ import annotations

import jwt
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_shared.contracts import rpc
from ab_shared.testing.clock import FakeClock
from pydantic import SecretStr


async def test_a_token_verifies_with_the_published_key_and_says_what_it_must(
    desk: BuiltinIssuer, clock: FakeClock
) -> None:
    credentials = rpc.Credentials(
        email=SecretStr("ada@example.org"), password=SecretStr("correct horse battery")
    )
    tokens = await desk.register(rpc.Register(credentials=credentials))
    published = await desk.keys(rpc.GetSigningKeys())
    token = tokens.access_token.get_secret_value()
    header = jwt.get_unverified_header(token)
    [key] = [key for key in published.keys if key.kid == header["kid"]]
    required = ["iss", "sub", "iat", "nbf", "exp", "jti", "sid"]
    dates = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    claims = jwt.decode(
        token,
        jwt.PyJWK(key.jwk),
        algorithms=["EdDSA"],
        issuer=published.issuer,
        options={"require": required, **dates},
    )
    now = int(clock.time())
    assert claims["sub"] == tokens.user_id
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (now, now, now + 900)
    assert "d" not in key.jwk
    assert "ada@" not in str(claims)

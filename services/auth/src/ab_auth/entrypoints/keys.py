"""What the auth service hears about keys and sign-ins that end."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import api_keys, revoking, signing_keys
from ab_shared.messaging.ports import Subscriptions

from ab_auth.usecases.end_sign_ins import EndSignIns
from ab_auth.usecases.ensure_signing_key import EnsureSigningKey
from ab_auth.usecases.list_api_keys import ListApiKeys
from ab_auth.usecases.list_signing_keys import ListSigningKeys
from ab_auth.usecases.make_api_key import MakeApiKey
from ab_auth.usecases.refuse_sign_in import RefuseSignIn
from ab_auth.usecases.revoke_api_key import RevokeApiKey
from ab_auth.usecases.rotate_api_key import RotateApiKey
from ab_auth.usecases.rotate_signing_key import RotateSigningKey
from ab_auth.usecases.verify_api_key import VerifyApiKey
from ab_auth.usecases.withdraw_signing_key import WithdrawSigningKey


@dataclass(frozen=True, slots=True)
class ApiKeyDesk:
    """The use cases of keys for machines."""

    verify: VerifyApiKey
    make: MakeApiKey
    everything: ListApiKeys
    rotate: RotateApiKey
    revoke: RevokeApiKey


@dataclass(frozen=True, slots=True)
class IssuerDesk:
    """What else there is to do where the built-in issuer is on."""

    ensure: EnsureSigningKey
    rotate: RotateSigningKey
    withdraw: WithdrawSigningKey
    signing_keys: ListSigningKeys
    end_sign_ins: EndSignIns


def hear_keys(heard: Subscriptions, keys: ApiKeyDesk, issuer: IssuerDesk | None) -> Subscriptions:
    """Adds them; machines have keys whether or not the built-in issuer is on."""
    heard.answer(api_keys.VerifyApiKey, keys.verify)
    heard.answer(api_keys.MakeApiKey, keys.make)
    heard.answer(api_keys.ListApiKeys, keys.everything)
    heard.answer(api_keys.RotateApiKey, keys.rotate)
    heard.answer(api_keys.RevokeApiKey, keys.revoke)
    refuse = RefuseSignIn()
    heard.answer(signing_keys.RotateSigningKey, issuer.rotate if issuer else refuse)
    heard.answer(signing_keys.WithdrawSigningKey, issuer.withdraw if issuer else refuse)
    heard.answer(signing_keys.ListSigningKeys, issuer.signing_keys if issuer else refuse)
    heard.answer(revoking.EndSignIns, issuer.end_sign_ins if issuer else refuse)
    return heard

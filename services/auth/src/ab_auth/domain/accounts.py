"""People: who they are to us, and what may be their e-mail address and password."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from ab_shared.errors import ValidationFailed

# Only the shape: whether an address exists, only a mail can tell.
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
# The upper bound keeps hashing a password from being an attack.
MIN_PASSWORD, MAX_PASSWORD = 10, 200
FEWEST_DIFFERENT = 5
# What lists of stolen passwords are full of; guesses at it are made with all its trimmings.
WELL_KNOWN = frozenset(
    {
        *("password", "passwort", "motdepasse", "contrasena", "pass", "passphrase", "secret"),
        *("letmein", "welcome", "iloveyou", "administrator", "admin", "changeme", "default"),
        *("superman", "batman", "starwars", "football", "baseball", "basketball", "princess"),
        *("sunshine", "monkey", "dragon", "master", "shadow", "michael", "jennifer", "jordan"),
        *("charlie", "trustno", "whatever", "computer", "internet", "google", "facebook"),
        *("liverpool", "arsenal", "chelsea", "mustang", "corvette", "harley", "yankees"),
        *("loveyou", "lovely", "summer", "winter", "spring", "autumn", "monday", "friday"),
        *("hello", "helloworld", "testing", "test", "guest", "login", "access", "qazwsx"),
        *("qazwsxedc", "zaqxsw", "onetwothree", "correcthorsebatterystaple", "killer", "ninja"),
        *("affirmation", "affirmations", "affirmationbeats", "entrain"),
    }
)
# Rows of keyboards, letters and digits; a run along one of them, either way, is no secret.
RUNS = (
    *("qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn"),
    *("abcdefghijklmnopqrstuvwxyz" * 2, "0123456789" * 4, "1q2w3e4r5t6y7u8i9o0p"),
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
LEET = str.maketrans("013457@$", "oleastas")
TRIMMINGS = "0123456789!?.@#$*-_ "
SHORTEST_CONTEXT = 4


@dataclass(frozen=True, slots=True)
class User:
    """Somebody, under one id for good; ``version`` counts the changes of the profile."""

    id: str
    created_at: datetime
    timezone: str = "UTC"
    version: int = 0


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """A user's password as it is kept: encoded, never plain."""

    user_id: str
    encoded: str


def normalised_email(given: str) -> str:
    """One spelling for one address: trimmed, NFC, lower-case.

    Raises:
        ValidationFailed: it has not the shape of an address; never repeats it.
    """
    lowered = unicodedata.normalize("NFC", given.strip()).lower()
    # Once more: lower-casing can take a text out of NFC.
    email = unicodedata.normalize("NFC", lowered)
    if len(email) > MAX_EMAIL or not EMAIL.fullmatch(email) or not email.isprintable():
        raise ValidationFailed("This is no e-mail address", details={"field": "email"})
    return email


def normalised_password(given: str) -> str:
    """One spelling for one password, whichever keyboard wrote it (NFKC, NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", given)


def accepted_password(given: str, email: str, least: int = MIN_PASSWORD) -> str:
    """The password, normalised, when it is fit to protect an account.

    Length, what is well known, what belongs to the account; no rules on kinds of characters
    (NIST SP 800-63B, 5.1.1.2).

    Raises:
        ValidationFailed: too short, too long or too easy to guess; never repeats it.
    """
    password = normalised_password(given)
    if not least <= len(password) <= MAX_PASSWORD:
        raise _weak(f"A password has {least} to {MAX_PASSWORD} characters")
    lowered = password.lower()
    if _well_known(lowered) or _of_the_account(lowered, email):
        raise _weak("This password is too easy to guess")
    return password


def _well_known(lowered: str) -> bool:
    # "P4ssw0rd2026!" is the well-known word with trimmings, "passpasspass" the short one thrice.
    cores = {lowered, lowered.strip(TRIMMINGS)}
    cores |= {core.translate(LEET) for core in cores} | {lowered.translate(LEET).strip(TRIMMINGS)}
    spelled = {"".join(core.split()) for core in cores}
    known = any(_repeated(core) in WELL_KNOWN for core in spelled)
    digits = "".join(lowered.split())
    return known or len(set(lowered)) < FEWEST_DIFFERENT or _is_run(_repeated(digits))


def _repeated(text: str) -> str:
    """What a text is a repetition of: the shortest piece, itself where there is none."""
    again = (text + text).find(text, 1)
    return text[:again] if text else text


def _is_run(text: str) -> bool:
    return any(text in run or text[::-1] in run for run in RUNS)


def _of_the_account(lowered: str, email: str) -> bool:
    local = email.partition("@")[0]
    plain = lowered.strip(TRIMMINGS)
    pieces = (local, email.partition("@")[2].partition(".")[0])
    named = any(plain == piece for piece in pieces if len(piece) >= SHORTEST_CONTEXT)
    return named or lowered in email


def _weak(message: str) -> ValidationFailed:
    return ValidationFailed(message, details={"field": "password"})

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
WELL_KNOWN = frozenset(
    {
        *("password", "passw0rd", "pass", "qwerty", "qwertyuiop", "qwertzuiop", "asdfghjkl"),
        *("letmein", "welcome", "iloveyou", "administrator", "changeme", "abcdefghij"),
        *("1234567890", "0123456789", "0987654321", "9876543210", "1q2w3e4r5t", "1qaz2wsx3edc"),
        *("affirmation", "affirmations", "affirmationbeats", "entrain"),
    }
)


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


def accepted_password(given: str, email: str) -> str:
    """The password, normalised, when it is fit to protect an account.

    Length and a look at the obvious; no rules on kinds of characters (NIST SP 800-63B, 5.1.1.2).

    Raises:
        ValidationFailed: too short, too long or too easy to guess; never repeats it.
    """
    password = normalised_password(given)
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise _weak(f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    lowered = password.lower()
    # "password2026!" is the well-known word with trimmings.
    core = lowered.strip("0123456789!?.@#$*-_ ")
    known = core in WELL_KNOWN or lowered in WELL_KNOWN
    if known or lowered in email or len(set(lowered)) < FEWEST_DIFFERENT:
        raise _weak("This password is too easy to guess")
    return password


def _weak(message: str) -> ValidationFailed:
    return ValidationFailed(message, details={"field": "password"})

"""What people may write: lines that can be spoken, titles, addresses."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticKnownError

MAX_LINES = 50
MAX_LINE_LENGTH = 500
MAX_TITLE_LENGTH = 200
MAX_EMAIL_LENGTH = 254
MARKUP = re.compile(r"<[^<>]*>")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Embeddings, overrides and isolates of direction: they make a text look like another one.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Cc holds NUL, Cs the halves of broken surrogate pairs: neither can be stored or spoken.
UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Blanks, zero-width signs and marks without a letter to stand on: nothing that can be seen.
INVISIBLE = frozenset({"Zs", "Cf", "Mn"})


def _plain(text: str) -> str:
    if any(sign in TURNING or unicodedata.category(sign) in UNWRITABLE for sign in text):
        raise ValueError("must not contain control characters")
    return text


def _clean(text: str) -> str:
    cleaned = _plain(unicodedata.normalize("NFC", text).strip())
    if all(unicodedata.category(sign) in INVISIBLE for sign in cleaned):
        raise ValueError("must not be empty")
    return cleaned


def _within(text: str, limit: int) -> str:
    if len(text) > limit:
        raise PydanticKnownError("string_too_long", {"max_length": limit})
    return text


def _speakable(line: str) -> str:
    # Some keyboards write the apostrophe that is a letter.
    plain = line.replace("\u02bc", "'")
    # The voices read compatibility forms as what they stand for: a half as 1/2, a Roman IV as IV.
    spelled = unicodedata.normalize("NFKC", MARKUP.sub(" ", plain))
    written = [sign for sign in spelled if sign.isalnum()]
    if not written:
        raise ValueError("must hold at least one word outside markup")
    if not all(map(_readable, written)):
        raise ValueError("must be in Latin letters and plain digits, the voices read English")
    return plain


def _readable(sign: str) -> bool:
    return sign.isascii() or unicodedata.name(sign, "").startswith("LATIN")


def _address(text: str) -> str:
    # Keyboards put a blank behind a completed address.
    email = _within(_plain(text.strip()), MAX_EMAIL_LENGTH)
    if not EMAIL.fullmatch(email):
        raise ValueError("must be an e-mail address")
    return email


# The lengths stand before: behind a validator pydantic no longer knows that they count characters.
PLAIN = AfterValidator(_plain)
Label = Annotated[str, Field(max_length=64), PLAIN]
VoiceName = Annotated[str, Field(min_length=1, max_length=64), PLAIN]
Password = Annotated[str, Field(min_length=10, max_length=200), PLAIN]
Token = Annotated[str, Field(min_length=1, max_length=4096), PLAIN]
CleanText = Annotated[str, AfterValidator(_clean)]
Line = Annotated[
    CleanText,
    AfterValidator(lambda line: _within(line, MAX_LINE_LENGTH)),
    AfterValidator(_speakable),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_LINE_LENGTH}),
]
Title = Annotated[
    CleanText,
    AfterValidator(lambda title: _within(title, MAX_TITLE_LENGTH)),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_TITLE_LENGTH}),
]
Email = Annotated[
    str,
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": MAX_EMAIL_LENGTH}),
]

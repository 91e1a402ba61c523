"""Takes secrets, and what people wrote, out of all that leaves a process for its operators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, SecretStr

GONE = "[scrubbed]"
LONGEST_TEXT = 20_000
DEEPEST = 6
LEAST_SECRET = 8
"""Shorter settings are no secrets: hiding every "true" would hide the log."""

_WORD = r"(?-i:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
_SECRET = r"pass(?:word|wd)?|secret|api[_-]?key|token"
_SAID = r"""(?:(?:"[^"\n]*+"?|'[^'\n]*+'?)[^\s,;&]*+|[^\s,;&]++)"""
# Somebody else may have chosen the text: none of these looks at a part of it again and again, which
# for twenty thousand letters takes seconds in which nothing else happens (hence "++" and "(?<!").
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), instead)
    for pattern, instead in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", GONE),
        # Who signs in where, and what makes a link a signed one.
        (r"(?<=://)[^\s/@\"']+@", f"{GONE}@"),
        (r"(?<=://)([^\s?\"'<>:]*+(?::(?!//)[^\s?\"'<>:]*+)*+)\?[^\s\"'<>]+", rf"\1?{GONE}"),
        (r"(?i)(?<=[?&;])(?:x-amz-\w+|signature|policy|key-pair-id|token)=[^\s&\"'<>]+", GONE),
        (r"\b((?i:bearer)|Basic)\s+[\w.~+/=-]{6,}", rf"\1 {GONE}"),
        (r"(?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)+", GONE),
        (r"(?<![\w.+-])[\w.+-]++%40[\w-]++(?:\.[\w-]++)+", GONE),
        # Any JSON in base64 begins so: the parts of a token, a cursor.
        (r"\beyJ[\w-]{4,}(?:\.[\w-]*){0,2}", GONE),
        # OpenAI, Clerk, Stripe-like, Svix, ours, Amazon, RevenueCat, Expo.
        (r"\b(?:sk|pk|rk|whsec|abk|shr|appl|goog)[-_][\w+/=-]{8,}", GONE),
        (r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b", GONE),
        (r"\bExpo(?:nent)?PushToken\[[^\]]*\]", GONE),
        # As a setting, in a form and in JSON: refresh_token=..., "accessToken": "...".
        (rf"(?i){_WORD}({_SECRET})(['\"]?\s*[=:]\s*){_SAID}", rf"\1\2{GONE}"),
        # Random of 24 letters and more; hashes and ids of ours have no capitals.
        (r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{24,}(?![\w-])", GONE),
    )
)
_VALUES_IN_ERRORS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"input_value=.*?(?=, input_type=|\]|$)", re.DOTALL), f"input_value={GONE}"),
    (re.compile(r"\[parameters: .*", re.DOTALL), f"[parameters: {GONE}]"),
    # A row that a server quotes has as many lines as somebody wrote.
    (re.compile(r"DETAIL:.*?(?=\n\[SQL: |$)", re.DOTALL), f"DETAIL: {GONE}"),
)
# Names of columns, fields and files may be said; words with a blank or a capital may be somebody's.
# To its end, or to the text's where it has none: looking for that once is enough.
# Between letters it is an apostrophe, as in "can't" and "I'm calm", that opens and closes nothing.
_FROM = {
    "'": r"(?:(?<!\w)|(?<=\bb))'[^'\\]*+(?:(?:\\.|\b'\b)[^'\\]*+)*('?)",
    '"': r'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)',
}
_QUOTED = {
    quotes: re.compile("|".join(_FROM[quote] for quote in quotes), re.DOTALL)
    for quotes in ("'\"", "'", '"')
}
_NAME = re.compile(r"^[a-z0-9_.:/%-]{1,64}$")
_PRIVATE_KEY = re.compile(
    r"(?:^|_)(?:authorization|cookie|passw(?:or)?d|secret|token|api_?key|access_?key|private_?key"
    r"|signature|credentials?|dsn|e_?mail|text|lines?|affirmations?|title|goal|struggle|prompt"
    r"|transcript|headers?)s?$"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+")


class Scrubber:
    """Knows the process's own secrets by heart and everybody else's by their shape."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= LEAST_SECRET}
        known |= {quote(secret, safe="") for secret in known}
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None

    @classmethod
    def of(cls, settings: BaseModel) -> Scrubber:
        """One that knows every ``SecretStr`` of these settings, and passwords inside of URLs."""
        return cls(_secrets_in(settings))

    def text(self, text: str) -> str:
        """The text without secrets, e-mail addresses and signed links; at most 20,000 letters."""
        return self._without_secrets(_cut(text, " ..."))

    def _without_secrets(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(GONE, text)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text

    def error(self, text: str) -> str:
        """An error's words without the values they quote: somebody may have written those."""
        # Closed where it is cut: half a value is somebody's as well.
        text = _cut(text, " ...'\"")
        for pattern, instead in _VALUES_IN_ERRORS:
            text = pattern.sub(instead, text)
        return self._without_secrets(_QUOTED["'\""].sub(_unless_name, text))

    def value(self, value: object, key: str = "", depth: int = 0) -> object:
        """Any value of a log line, span or report; what stands under a private name goes whole.

        Numbers, booleans and None stay as they are: they count what is private, they do not tell.
        """
        if value is None or isinstance(value, bool | int | float):
            return value
        if depth > DEEPEST or _private(key):
            return GONE
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                name if isinstance(name, int) else self.text(str(name)): self.value(
                    held, str(name), depth + 1
                )
                for name, held in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(held, "", depth + 1) for held in value]
        return self.error(str(value))


def _cut(text: str, ending: str) -> str:
    return f"{text[:LONGEST_TEXT]}{ending}" if len(text) > LONGEST_TEXT else text


def _unless_name(found: re.Match[str]) -> str:
    quoted, closed = found[0], found[found.lastindex or 0]
    if not closed:
        # Behind it there are only quotes of the other kind.
        other = "'" if quoted[0] == '"' else '"'
        rest = quoted[1:] if found.re.groups == 1 else _QUOTED[other].sub(_unless_name, quoted[1:])
        return quoted[0] + rest
    return quoted if _NAME.match(quoted[1:-1]) else f"{quoted[0]}{GONE}{quoted[-1]}"


def _private(key: str) -> bool:
    return bool(key) and bool(_PRIVATE_KEY.search(_HUMP.sub("_", key).lower()))


def _secrets_in(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        yield secret
        password = _password(secret)
        if password:
            yield password
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets_in(getattr(value, name))
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from _secrets_in(held)
    elif isinstance(value, list | tuple | set | frozenset):
        for held in value:
            yield from _secrets_in(held)


def _password(secret: str) -> str | None:
    try:
        return urlsplit(secret).password
    except ValueError:
        return None

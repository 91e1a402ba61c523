"""Where an object lies in its bucket: keys are made of content addresses, never of people."""

from __future__ import annotations

import re
import unicodedata

_ADDRESS = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,119}")
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._-]+")
_LONGEST_STEM = 80


def _checked(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError("an address is 64 lower-case hex digits")
    return address


def _named(file_name: str) -> str:
    if not _FILE_NAME.fullmatch(file_name):
        raise ValueError("a file name is letters, digits, blanks, dots, dashes and underscores")
    return file_name


def speech_key(address: str) -> str:
    """Raw speech in its provider's format, spread over 256 prefixes: ``speech/ab/abcd...``."""
    return f"speech/{_checked(address)[:2]}/{address}"


def prepared_key(address: str) -> str:
    """A read ready for splicing: ``prepared/ab/abcd....abpr``."""
    return f"prepared/{_checked(address)[:2]}/{address}.abpr"


def track_key(address: str) -> str:
    """The merged track of a session, under the file name a listener sees."""
    return f"tracks/{_checked(address)}/affirmations.m4a"


def stem_key(address: str, file_name: str) -> str:
    """A stem (brain layer or background), its name kept: ``stems/<address>/Babbling Brook.m4a``.

    Raises:
        ValueError: for a name with a slash, a leading dot or anything else unsafe in a path.
    """
    return f"stems/{_checked(address)}/{_named(file_name)}"


def mixdown_key(address: str, file_name: str) -> str:
    """An offline file: ``mixdowns/<address>/mixdown.m4a``. Never under a listener's own words.

    Raises:
        ValueError: for a name with a slash, a leading dot or anything else unsafe in a path.
    """
    return f"mixdowns/{_checked(address)}/{_named(file_name)}"


def safe_file_name(title: str, fallback: str, suffix: str) -> str:
    """A title in any script as a file name that every system takes: ``Café`` is ``Cafe.m4a``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = " ".join(_UNSAFE.sub(" ", plain).split())
    stem = words.strip(" .-_")[:_LONGEST_STEM].strip(" .-_")
    return f"{stem or fallback}{suffix}"

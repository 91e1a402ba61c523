"""Where an object lies in its bucket: keys are made of content addresses, never of people."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"[0-9a-f]{64}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,119}")


def _checked(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError("an address is 64 lower-case hex digits")
    return address


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
    if not _FILE_NAME.fullmatch(file_name):
        raise ValueError("a file name is letters, digits, blanks, dots, dashes and underscores")
    return f"stems/{_checked(address)}/{file_name}"

"""A text without its disguises: as a list of words, however it was dressed up.

Undone are full-width and other compatibility letters (Unicode NFKC), accents, invisible signs,
letters of other scripts that look Latin (the common ones of UTS #39), digits and signs for letters,
and letters drawn out. Words that were taken apart are put together where they are compared.
"""

from __future__ import annotations

import re
import unicodedata

# Cyrillic and Greek letters that look like Latin ones.
_CYRILLIC = dict(zip("авеёзикмнорстухіјѕһԁԛԝьѡ", "abeezukmhopctyxijshdqwbw", strict=True))
_GREEK = dict(zip("αβεηικνορτυχωμ", "abeniknoptuxwm", strict=True))
_LATIN = {
    "\u0131": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "\u0251": "a",
    "\u0261": "g",
    "ƙ": "k",
    "ⱪ": "k",
}
_SMALL = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
# Flags, and white letters on black circles and squares, which Unicode takes for pictures.
_PICTURES = {
    chr(first + place): chr(ord("a") + place)
    for first in (0x1F1E6, 0x1F150, 0x1F170)
    for place in range(26)
}
LOOKALIKES = str.maketrans({**_CYRILLIC, **_GREEK, **_LATIN, **_SMALL, **_PICTURES})
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g"}
_SIGNS = {"@": "a", "$": "s", "!": "i", "|": "l", "€": "e", "£": "l", "+": "t"}
# The digit 1 stands for two letters: both are tried.
LEETS = tuple(str.maketrans({**_LEET, **_SIGNS, "1": one}) for one in "il")
# Some signs are letters between letters or before one only: behind a word they end a sentence.
_WITH_SIGNS = re.compile(r"[a-z0-9@$!|€£+]*[a-z0-9@$€£]")
_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHE = re.compile(r"['`\u00b4\u2018\u2019\u02bc]")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_RUN = re.compile(r"([a-z])\1+")
_INVISIBLE = frozenset({"Mn", "Me", "Cf"})
# Letters and pictures that show nothing: Hangul fillers and the empty Braille cell.
_BLANK = dict.fromkeys((0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800))
# A capital I behind a small letter is a small L to the eye.
_CAPITAL_I = re.compile(r"(?<=[a-z])I+")
DRAWN = "~"
"""Stands before a word with letters drawn out, whose letters are told once each behind it."""


def once(text: str) -> str:
    """Each letter told once where it stands several times in a row."""
    return _RUN.sub(r"\1", text)


def readings(text: str) -> tuple[str, ...]:
    """The ways to read a text, each as words with one blank between each two.

    What is not disguised reads in one way only.
    """
    bare = _bare(text)
    found = [_words(bare, _WORD)]
    if _CAPITAL_I.search(text):
        seen = _CAPITAL_I.sub(lambda run: "l" * len(run[0]), text)
        found.append(_words(_bare(seen), _WORD))
    if any(not word.isalpha() for word in _WITH_SIGNS.findall(bare)):
        found += [_words(bare, _WITH_SIGNS, table) for table in LEETS]
    return tuple(dict.fromkeys(found))


def _bare(text: str) -> str:
    shown = text.translate(_BLANK)
    apart = unicodedata.normalize("NFKD", shown.casefold()).casefold()
    kept = "".join(sign for sign in apart if unicodedata.category(sign) not in _INVISIBLE)
    return _APOSTROPHE.sub("", kept.translate(LOOKALIKES))


def _words(bare: str, pattern: re.Pattern[str], table: dict[int, str] | None = None) -> str:
    return " ".join(_told(word.translate(table or {})) for word in pattern.findall(bare))


def _told(word: str) -> str:
    return f"{DRAWN}{once(word)}" if _DRAWN_OUT.search(word) else word

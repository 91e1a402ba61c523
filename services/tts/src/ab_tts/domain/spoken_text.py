"""Turns what a listener typed into what a voice can say, or refuses it."""

from __future__ import annotations

import html
import re
import unicodedata

from ab_shared.errors import SpeechRefused

from ab_tts.domain.figures import spell_figures
from ab_tts.domain.written_forms import in_plain_form, in_spoken_form

LONGEST_WRITTEN = 2000
"""Characters looked at; four times what a line may hold, and a bound on the work of a refusal."""
LONGEST_SPOKEN = 1500
"""Characters after figures became words; about a minute and a half of slow speech."""
BREATH = 180
"""Characters spoken in one go: it bounds the memory and time of one call of an engine."""

TOO_LONG = "The text is too long to be read as one line."

MARKUP = (
    (re.compile(r"<[^<>]{0,200}>"), " "),
    (re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)"), r"\1"),
    (re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), " "),
    (re.compile(r"^\s*(?:#{1,6}|[-*+•>]|\d{1,2}[.)])\s+", re.MULTILINE), " "),
    (re.compile(r"[*_~`]+"), " "),
)
SYMBOLS = {
    "&": " and ",
    "+": " plus ",
    "=": " equals ",
    "@": " at ",
    "%": " percent ",
    "…": "... ",
    "\u2013": " \u2014 ",
    "\u2015": " \u2014 ",
    "\u2019": "'",
    "\u2018": "'",
    "/": " ",
    "(": ", ",
    ")": ", ",
}
KEPT_MARKS = frozenset(".,;:!?'-\u2014")
LOOSE_APOSTROPHE = re.compile(r"(?<!\w)'|'(?!\w)")
LOOSE_HYPHEN = re.compile(r"(?<!\w)-+|-+(?!\w)")
MARK_RUN = re.compile(r"(?:\s*[.,;:!?\u2014])+(?=\s|$)|(?:\s*[,;:!?\u2014])+")
JOINED_SENTENCES = re.compile(r"(?<=\w\w)\.+(?=\w)|\.{2,}")
STRENGTH = "?!.;:\u2014,"
LAST_LATIN = 0x24F
UNFOLDED = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "\u0131": "i", "ß": "ss"}
)
BREAKS = (r"(?<=[.!?])\s+", r"(?<=[,;:\u2014])\s+", r"\s+")


def spoken_text(text: str) -> str:
    """The words of ``text`` with plain punctuation, ending in ``.``, ``!`` or ``?``.

    Markup, links, emoji, quotes and control characters go; figures, signs and abbreviations
    become words. Any script stays. Raises ``SpeechRefused`` where nothing is left to speak, or
    more than ``LONGEST_SPOKEN`` characters.
    """
    plain = in_plain_form(html.unescape(text))
    plain = unicodedata.normalize("NFKC", plain).replace("\u2044", "/")
    if len(plain) > LONGEST_WRITTEN:
        raise SpeechRefused(TOO_LONG)
    plain = "".join(" " if _is_control(char) else char for char in plain)
    for pattern, kept in MARKUP:
        plain = pattern.sub(kept, plain)
    plain = re.sub(r"\s*\n\s*", ". ", plain.strip())
    plain = spell_figures(in_spoken_form(plain))
    plain = _without_shouting(_only_speech(_spell_symbols(plain)))
    plain = _tidy(plain)
    if not any(char.isalnum() for char in plain):
        raise SpeechRefused("The text holds nothing that can be spoken.")
    if len(plain) > LONGEST_SPOKEN:
        raise SpeechRefused(TOO_LONG)
    return plain if plain[-1] in ".!?" else f"{plain.rstrip(',;:— ')}."


def english_words(spoken: str) -> str:
    """What an English-only engine can say of a spoken text: words in Latin letters.

    Raises ``SpeechRefused`` when most letters are of another script: reading the rest alone
    would say something else than was written.
    """
    letters = [char for char in spoken if char.isalpha()]
    foreign = sum(ord(char) > LAST_LATIN for char in letters)
    if not letters or 2 * foreign > len(letters):
        raise SpeechRefused("This voice reads English, and the text is in another script.")
    folded = "".join(_fold(char) for char in spoken.translate(UNFOLDED))
    return _tidy(folded)


def breaths(spoken: str, limit: int = BREATH) -> list[str]:
    """Pieces of at most ``limit`` characters, cut at sentences, then clauses, words, anywhere."""
    pieces = [spoken]
    for separator in BREAKS:
        pieces = [part for piece in pieces for part in _cut(piece, separator, limit)]
    return [piece[at : at + limit] for piece in pieces for at in range(0, len(piece), limit)]


def _cut(piece: str, separator: str, limit: int) -> list[str]:
    if len(piece) <= limit:
        return [piece]
    parts: list[str] = []
    for part in re.split(separator, piece):
        if parts and len(parts[-1]) + 1 + len(part) <= limit:
            parts[-1] += f" {part}"
        elif part:
            parts.append(part)
    return parts


def _is_control(char: str) -> bool:
    return unicodedata.category(char)[0] == "C" and char != "\n"


def _spell_symbols(text: str) -> str:
    return "".join(SYMBOLS.get(char, char) for char in text)


def _only_speech(text: str) -> str:
    """Letters with their marks, figures of any script, the punctuation that shapes speech."""
    kept: list[str] = []
    for char in text:
        belongs = unicodedata.category(char)[0] == "M" and bool(kept) and kept[-1][0].isalpha()
        if belongs:
            kept[-1] += char
        else:
            speech = char.isalpha() or char.isdecimal() or char in KEPT_MARKS
            kept.append(char if speech else " ")
    spaced = JOINED_SENTENCES.sub(". ", "".join(kept))
    return LOOSE_HYPHEN.sub(" \u2014 ", LOOSE_APOSTROPHE.sub(" ", spaced))


def _without_shouting(text: str) -> str:
    """Text in capitals only, which engines spell out, as a sentence."""
    words = re.findall(r"[^\W\d_]+", text)
    if len([word for word in words if len(word) > 1]) > 1 and text == text.upper() != text.lower():
        lowered = re.sub(r"\bi\b", "I", text.lower())
        return re.sub(r"\w", lambda first: first[0].upper(), lowered, count=1)
    return text


def _strongest(run: re.Match[str]) -> str:
    mark = min((char for char in run[0] if not char.isspace()), key=STRENGTH.index)
    return f" {mark} " if mark == "\u2014" else f"{mark} "


def _tidy(text: str) -> str:
    """One mark where several stood, one space between words, no mark in front."""
    single = MARK_RUN.sub(_strongest, text)
    return re.sub(r"\s+", " ", single).strip().lstrip(".,;:!?\u2014 ")


def _fold(char: str) -> str:
    if ord(char) > LAST_LATIN and char not in KEPT_MARKS:
        return " "
    return unicodedata.normalize("NFKD", char)[0]

"""What two spellings of one sentence have in common: a verdict holds for all of them."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHE = re.compile(r"['`\u00b4\u2018\u2019\u02bc]")
# Where these stand for letters they are no punctuation: the built-in list reads them so too.
_LETTERS = re.compile(r"@|!(?=[\w@$€£])")
_CAPITAL_I = re.compile(r"(?<=[a-z])I+")
_NOTHING = frozenset({"Cf", "Cc"})


def folded(text: str) -> str:
    """Without case, punctuation, invisible signs and compatibility forms (NFKC), one blank apart.

    Symbols and accents stay; so does a text of punctuation alone, as it is.
    """
    seen = _CAPITAL_I.sub(lambda run: "l" * len(run[0]), unicodedata.normalize("NFKC", text))
    bare = _APOSTROPHE.sub("", unicodedata.normalize("NFKC", seen.casefold()))
    letters = {found.start() for found in _LETTERS.finditer(bare)}
    kept = (sign if at in letters else _plain(sign) for at, sign in enumerate(bare))
    return " ".join("".join(kept).split()) or text


def _plain(sign: str) -> str:
    if sign.isspace():
        return " "
    kind = unicodedata.category(sign)
    if kind in _NOTHING:
        return ""
    return " " if kind.startswith("P") else sign

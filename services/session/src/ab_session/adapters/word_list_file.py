"""The built-in list, from the file that comes with the service."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from ab_session.domain.moderation.word_list import WordList, harmless_of, rule_of


def load_word_list() -> WordList:
    """Reads ``moderation_words.toml``; KeyError or ValueError names what is wrong in it."""
    read = tomllib.loads(files(__package__).joinpath("moderation_words.toml").read_text("utf-8"))
    rules = tuple(rule_of(given["category"], given["phrases"]) for given in read["rules"])
    return WordList(read["version"], rules, harmless_of(read["harmless"]["phrases"]))

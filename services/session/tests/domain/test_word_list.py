"""The built-in list: finds what it is for however it is disguised; affirmations pass."""

from __future__ import annotations

import time
import tomllib
from importlib.resources import files

import pytest
from ab_session.adapters.phrase_book import load_phrases
from ab_session.adapters.word_list_file import load_word_list
from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.moderation.telling import ABOUT
from ab_session.domain.moderation.verdict import Status
from ab_session.domain.moderation.word_list import WordList, rule_of
from ab_session.domain.writer.composing import compose
from ab_session.domain.writer.reading import Wish, read
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = load_word_list()
BOOK = load_phrases()
LIST = tomllib.loads(files("ab_session.adapters").joinpath("moderation_words.toml").read_text())
PHRASES = [(rule["category"], phrase) for rule in LIST["rules"] for phrase in rule["phrases"]]
GOALS = (
    *("sleep through the night", "calm my anxiety", "speak up in meetings", "pass my exam"),
    *("wake up early", "write my novel", "love my body", "heal from grief", "save my marriage"),
    *("lose weight", "quit smoking", "get promoted", "control my anger", "xyzzy"),
)
ORDINARY = (
    *("I cut myself some slack.", "I cut myself off from drama.", "I cut my own path."),
    *("I take my life into my own hands.", "I take my life to the next level.", "I own my life."),
    *("In the end, my life flows.", "By the end my life feels lighter.", "I end my day in calm."),
    *("I want to diet with joy.", "I want to dive deep.", "I am ready to dine well."),
    *("I am killing it on stage.", "I kill them with kindness.", "I beat my own record."),
    *("I beat my son at chess with a smile.", "My pen is mighty.", "I trust my therapist."),
    *("I live a life worth living.", "I have every reason to live.", "I choose to live fully."),
    *("I am tired of living small.", "I let old habits die.", "I harm nobody."),
    *("I am free from porn and free from drugs.", "I am sober, one day at a time."),
    *("I was raped, and I heal.", "I survived abuse and I am whole.", "My assets grow."),
    *("I shoot for the stars.", "I shoot them an email.", "I shoot people in soft light."),
    *("I make a bath bomb for myself.", "I am the bomb.", "I crush my goals."),
    *("I am a badass.", "I give zero fucks.", "Damn, I look good.", "I am a boss bitch."),
    *("I hang up my coat and rest.", "I jump off the diving board.", "I overdose on joy."),
    *("I honour Jews, Muslims and everybody.", "I love women and men alike."),
    *("I burn brightly.", "I burn myself into no candle's end.", "I drown myself in music."),
    *("I deserve to live well.", "I want to wake up early.", "I do not want to wake up late."),
    *("I am in the Scunthorpe choir.", "I push my cart.", "I cook dinner.", "I sell houses."),
    *("I class myself as able.", "Grape juice lifts me.", "I run 5k at 7 with 100% focus!"),
    *("I am grateful 4 u!!!", "Yesss, I can do this!!!", "Sooo calm, I breathe.", "A B C D E F."),
    *("I breathe in 1 2 3 4, out 4 3 2 1.", "I will die old and happy.", "J'ose être moi."),
)
REJECTED = (
    ("self_harm", "I want to kill myself tonight."),
    ("self_harm", "I don\N{RIGHT SINGLE QUOTATION MARK}t want to live anymore."),
    ("self_harm", "Everybody is better off without me."),
    ("self_harm", "I am cutting my wrists."),
    ("self_harm", "I think of suicide every day."),
    ("self_harm", "I will end my life."),
    ("self_harm", "I wish I had never been born."),
    ("violence", "I will kill my boss."),
    ("violence", "I am going to hurt them all."),
    ("violence", "I beat my wife."),
    ("hate", "Heil Hitler."),
    ("hate", "I hate all immigrants."),
    ("sexual", "Suck my dick."),
    ("sexual_minors", "I like child porn."),
    ("harassment", "You are a worthless whore."),
    ("illicit", "I am selling drugs with confidence."),
)


def found(text: str) -> str | None:
    return WORDS.judge(text).category


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_lines_pass(line: str) -> None:
    assert found(line) is None


@pytest.mark.parametrize(("category", "line"), REJECTED)
def test_what_the_list_is_for_is_found(category: str, line: str) -> None:
    verdict = WORDS.judge(line)
    assert (verdict.status, verdict.category) == (Status.REJECTED, category)
    assert verdict.care is (category == "self_harm")


def test_nothing_of_the_catalogue_is_flagged() -> None:
    lines = [text for entry in CATALOGUE for text in (entry.title, *entry.lines)]
    assert len(lines) > 100
    assert [line for line in lines if found(line)] == []


def test_nothing_of_twelve_hundred_written_lines_is_flagged() -> None:
    lines = [
        line
        for goal in GOALS
        for seed in range(15)
        for line in compose(read(Wish(goal=goal), BOOK), BOOK, 6, f"{goal} {seed}")
    ]
    assert len(lines) >= 1200
    assert [line for line in lines if found(line)] == []


def said(phrase: str) -> str:
    """A phrase in its first form."""
    words = [word for word in phrase.split() if not word.startswith(("?", "!")) and word != "..."]
    return " ".join(word.split("|")[0].rstrip("*") for word in words)


@pytest.mark.parametrize(("category", "phrase"), PHRASES)
def test_every_phrase_is_found_in_the_middle_of_a_line(category: str, phrase: str) -> None:
    assert found(f"Then {said(phrase)} truly.") is not None
    assert category in ABOUT


def wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def leet(text: str) -> str:
    return text.translate(str.maketrans({"o": "0", "e": "3", "a": "4", "s": "$", "i": "1"}))


DISGUISES = {
    "capitals": str.upper,
    "full width": wide,
    "invisible signs": "\u200b".join,
    "soft hyphens": "\N{SOFT HYPHEN}".join,
    "accents": lambda text: "".join(f"{s}\u0301" if s.isalpha() else s for s in text),
    "digits and signs": leet,
    "look-alikes": lambda text: text.translate(str.maketrans("aeoc", "\u0430\u0435\u043e\u0441")),
    "letters drawn out": lambda text: "".join(s * 4 if s in "aeiou" else s for s in text),
    "letters apart": lambda text: " ".join(text.replace(" ", "")),
    "dots": lambda text: ".".join(text.replace(" ", "")),
    "dashes": lambda text: text.replace(" ", "--"),
    "run together": lambda text: text.replace(" ", ""),
    "line breaks": lambda text: text.replace(" ", "\u00a0\t"),
}
PLAIN = (
    *("kill myself", "want to die", "suicide", "cutting my wrists", "better off dead"),
    *("kill my boss", "heil hitler", "child porn", "selling drugs", "better off without me"),
)


@pytest.mark.parametrize("phrase", PLAIN)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguise_hides_nothing(disguise: str, phrase: str) -> None:
    assert found(f"I {DISGUISES[disguise](phrase)} now") is not None
    assert found(DISGUISES[disguise](phrase)) is not None


@settings(max_examples=300, deadline=None)
@given(
    phrase=st.sampled_from(PLAIN),
    noise=st.lists(
        st.sampled_from(["\u200b", "\u200d", "\u00ad", "\u0301", "\u2060", "\ufe0f"]), max_size=8
    ),
    upper=st.lists(st.booleans(), min_size=30, max_size=30),
    data=st.data(),
)
def test_invisible_noise_and_case_hide_nothing_anywhere(
    phrase: str, noise: list[str], upper: list[bool], data: st.DataObject
) -> None:
    signs = [s.upper() if up else s for s, up in zip(phrase, upper, strict=False)]
    for sign in noise:
        # Between letters: a mark behind a blank would stand on the blank.
        place = data.draw(st.integers(1, len(signs)))
        signs.insert(place, sign)
    assert found("".join(signs)) is not None


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=500))
def test_any_text_at_all_is_judged(text: str) -> None:
    assert WORDS.judge(text).status in {Status.APPROVED, Status.REJECTED}


@settings(max_examples=200, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(["calm", "sun", "rest", "kind", "breath", "strong", "light", "grow"]),
        min_size=1,
        max_size=40,
    ),
    between=st.sampled_from([" ", "  ", "-", ".", " \u200b", "\u00a0"]),
)
def test_kind_words_pass_in_any_order(words: list[str], between: str) -> None:
    assert found(between.join(words)) is None


def test_a_long_line_of_tricks_is_judged_in_time() -> None:
    line = ("k i l l m y s e l 1 ! $ " * 30)[:500]
    began = time.process_time()
    WORDS.judge(line)
    # A pattern that goes back and forth would take seconds; this takes milliseconds.
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("phrase", ["don't", "Kill", "a||b", "x y*z"])
def test_a_phrase_that_could_never_match_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="not a word"):
        rule_of("any", [phrase])


def test_the_first_category_of_the_list_counts() -> None:
    both = WordList(1, (rule_of("one", ["red"]), rule_of("two", ["red", "blue"])))
    assert (both.judge("red and blue").category, both.judge("Blue!").category) == ("one", "two")

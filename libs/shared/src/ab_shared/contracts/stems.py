"""Every stem that exists: its id, its file name (which the app knows), and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ab_shared.contracts.rpc import BrainwaveState


class StemKind(StrEnum):
    """What a stem is made of; the first two are brain layers, of which a session has one."""

    BINAURAL = "binaural"
    SOLFEGGIO = "solfeggio"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class Stem:
    """One loop of three minutes.

    ``hz`` is the beat of a binaural stem and the tone of a solfeggio one. Gamma stems have
    no ``brainwave_state``: the wire has no word for it.
    """

    stem_id: str
    kind: StemKind
    file_name: str
    title: str
    hz: float | None = None
    carrier_hz: float | None = None
    brainwave_state: BrainwaveState | None = None


_BINAURAL: tuple[tuple[str, BrainwaveState | None, float, int], ...] = (
    ("delta", "Delta", 1, 100),
    ("delta", "Delta", 2, 120),
    ("delta", "Delta", 3, 400),
    ("delta", "Delta", 4, 400),
    ("theta", "Theta", 4, 400),
    ("theta", "Theta", 7, 400),
    ("theta", "Theta", 8, 120),
    ("alpha", "Alpha", 10, 400),
    ("alpha", "Alpha", 12, 120),
    ("smr", "SMR", 13.5, 400),
    ("beta", "Beta", 13, 400),
    ("beta_low", "Beta", 17, 400),
    ("beta", "Beta", 20, 120),
    ("beta_high", "Beta", 21.5, 400),
    ("gamma", None, 38, 100),
    ("gamma", None, 40, 120),
    ("gamma", None, 42, 400),
)
_SOLFEGGIO = (40, 174, 285, 396, 417, 432, 528, 639, 741, 852, 963)
_BACKGROUNDS = (
    "Babbling Brook",
    "Birds Chirping",
    "Distant Ocean",
    "Evening Walk",
    "Forest Rain",
    "Heavy Rain",
    "Regeneration",
    "Storm",
    "Thunder",
    "Tibetan Om",
)
_BACKGROUND_ALIASES = {"ocean": "distant-ocean"}


def _binaural(band: str, state: BrainwaveState | None, beat: float, carrier: int) -> Stem:
    stem_id = f"{band}_{beat:g}hz_{carrier}"
    return Stem(
        stem_id=stem_id,
        kind=StemKind.BINAURAL,
        file_name=f"{stem_id}_3min.m4a",
        title=f"{state or 'Gamma'} {beat:g} Hz",
        hz=beat,
        carrier_hz=carrier,
        brainwave_state=state,
    )


def _solfeggio(hz: int) -> Stem:
    stem_id = f"solfeggio_{hz}"
    return Stem(stem_id, StemKind.SOLFEGGIO, f"{stem_id}_3min.m4a", f"{hz} Hz", hz=hz)


def _slug(name: str) -> str:
    words = name.removesuffix(".m4a").replace("-", " ").replace("_", " ")
    return "-".join(words.casefold().split())


STEMS: tuple[Stem, ...] = (
    *(_binaural(*row) for row in _BINAURAL),
    *(_solfeggio(hz) for hz in _SOLFEGGIO),
    *(Stem(_slug(name), StemKind.BACKGROUND, f"{name}.m4a", name) for name in _BACKGROUNDS),
)
_BY_ID = {stem.stem_id: stem for stem in STEMS}

DEFAULT_BACKGROUND = _BY_ID["babbling-brook"]


def stem_with_id(stem_id: str) -> Stem | None:
    """The stem with exactly this id."""
    return _BY_ID.get(stem_id)


def stems_of(kind: StemKind) -> tuple[Stem, ...]:
    """Every stem of a kind, in the order of the table."""
    return tuple(stem for stem in STEMS if stem.kind is kind)


def binaural_stem(beat_hz: float, state: BrainwaveState | None = None) -> Stem | None:
    """The stem with this beat; where two states share it, that of ``state``, else the higher.

    4 Hz stands in the table as Delta and as Theta, and bands are named from their lower
    edge: without a word on the state it is Theta.
    """
    found = [stem for stem in stems_of(StemKind.BINAURAL) if stem.hz == beat_hz]
    named = [stem for stem in found if stem.brainwave_state == state]
    return next(iter(named or found[::-1]), None)


def solfeggio_stem(hz: float) -> Stem | None:
    """The stem with this tone."""
    return next((stem for stem in stems_of(StemKind.SOLFEGGIO) if stem.hz == hz), None)


def known_background(background_id: str) -> Stem | None:
    """The background with this id, title or file name in any case; ``ocean`` is the distant one."""
    slug = _slug(background_id)
    stem = _BY_ID.get(_BACKGROUND_ALIASES.get(slug, slug))
    return stem if stem and stem.kind is StemKind.BACKGROUND else None


def background_stem(background_id: str | None) -> Stem:
    """The background with this id, or the default one where nobody knows it."""
    return known_background(background_id or "") or DEFAULT_BACKGROUND

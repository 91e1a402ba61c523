"""What each background must sound like, as bounds on its measures, and where they come from.

They are bounds on what a microphone beside the real thing would measure, drawn in where an
hour in headphones or a sleeper asks for less: no hiss, no outbursts, no sudden rise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ab_stitching.domain.stems.character import OCTAVES_HZ, Character

Bounds = tuple[float, float]

# For all of them: an hour of it must not tire (little above 8 kHz), wake (no outburst), or
# be caught repeating itself, and must lie between the ears, not inside the head or beside it.
_EVERYWHERE: dict[str, Bounds] = {
    "above_8k_db": (-120.0, -11.5),
    "outburst_lu": (0.0, 9.0),
    "rise_lu": (0.0, 7.0),
    "crest_db": (9.0, 24.0),
    "repetition": (0.0, 0.45),
    "correlation": (-0.1, 0.95),
}


@dataclass(frozen=True, slots=True)
class Target:
    """Bounds on measures of ``Character`` and on octaves (dB over the whole, by their middle)."""

    measures: dict[str, Bounds]
    octaves: dict[float, Bounds] = field(default_factory=dict)

    def broken_by(self, heard: Character) -> list[str]:
        """The bounds that a loop does not keep, in words."""
        found = {name: float(getattr(heard, name)) for name in _EVERYWHERE | self.measures}
        bounds = _EVERYWHERE | self.measures
        for hz, allowed in self.octaves.items():
            name = f"octave at {hz:g} Hz"
            found[name] = heard.octaves_db[OCTAVES_HZ.index(hz)]
            bounds[name] = allowed
        return [
            f"{name} is {found[name]:.2f}, not within {low:g} to {high:g}"
            for name, (low, high) in bounds.items()
            if not low <= found[name] <= high
        ]


TARGETS: dict[str, Target] = {
    # Minnaert, 1933: bubbles of 0.8 to 8 mm sound from 4 kHz to 400 Hz, so most of a brook lies
    # there; it babbles at 1 to 8 Hz and stays equally loud for hours.
    "babbling-brook": Target(
        {
            "centroid_hz": (600, 1800),
            "slope_db": (-7, -3),
            "range_lu": (0.3, 3),
            "events_per_s": (2, 30),
            "medium": (0.25, 1),
            "rise_lu": (0, 4),
        },
        {500.0: (-9, -3), 1000.0: (-9, -3), 2000.0: (-13, -6), 63.0: (-60, -14)},
    ),
    # Song of small birds lies at 2 to 8 kHz (Catchpole and Slater, 2008), in phrases with
    # pauses: loudness moves, but the wood is never quite silent. Rises faster than weather does.
    "birds-chirping": Target(
        {
            "centroid_hz": (1500, 4000),
            "range_lu": (3, 9),
            "events_per_s": (4, 20),
            "rise_lu": (4, 12.5),
            "slow": (0.3, 0.85),
        },
        {2000.0: (-9, -2), 4000.0: (-10, -2), 8000.0: (-30, -12)},
    ),
    # Surf: a broad maximum at 100 to 500 Hz that carries for kilometres, a second one at 1 to
    # 7 kHz that does not (Melville et al., 1996); swell of 6 to 14 s, in sets.
    "distant-ocean": Target(
        {
            "centroid_hz": (180, 700),
            "slope_db": (-10, -5),
            "range_lu": (3, 9),
            "rise_lu": (1, 5),
            "swell_s": (6, 14),
            "slow": (0.5, 1),
            "above_8k_db": (-120, -28),
        },
        {125.0: (-12, -4), 250.0: (-12, -4), 4000.0: (-34, -16)},
    ),
    # Crickets call at 3 to 5 kHz (Dolbear, 1897, for their pace), a tawny owl hoots near
    # 700 Hz; wind below both, moving slower than 1 Hz.
    "evening-walk": Target(
        {
            "centroid_hz": (700, 2500),
            "range_lu": (2, 8),
            "events_per_s": (2, 20),
            "rise_lu": (1, 8),
        },
        {4000.0: (-12, -4), 8000.0: (-30, -11)},
    ),
    # Rain is broadband; drops on leaves and puddles ring at 1 to 15 kHz (Nystuen, 1986), single
    # ones stand out. What is above 8 kHz is kept below a fourteenth of it all.
    "forest-rain": Target(
        {
            "centroid_hz": (1800, 3800),
            "slope_db": (-4, -0.5),
            "range_lu": (0.8, 4),
            "events_per_s": (5, 40),
            "rise_lu": (0, 3),
        },
        {2000.0: (-10, -4), 4000.0: (-10, -4), 8000.0: (-15, -8), 63.0: (-40, -14)},
    ),
    # A downpour is denser and deeper: drops melt into a curtain, steady within 2 to 3 LU.
    "heavy-rain": Target(
        {
            "centroid_hz": (1400, 3200),
            "slope_db": (-4.5, -1.5),
            "range_lu": (0.6, 3),
            "events_per_s": (3, 40),
            "rise_lu": (0, 2.5),
        },
        {500.0: (-11, -5), 2000.0: (-11, -5), 8000.0: (-16, -9)},
    ),
    # No model in nature: voices on a chord, slow, dark, without an edge.
    "regeneration": Target(
        {
            "centroid_hz": (180, 600),
            "slope_db": (-12, -6),
            "range_lu": (1, 5),
            "rise_lu": (0, 4),
            "above_8k_db": (-120, -35),
            "correlation": (-0.1, 0.6),
        },
        {125.0: (-9, -2), 500.0: (-13, -4)},
    ),
    # Wind moves slower than 1 Hz and falls 4 to 6 dB an octave; rain fills in above it.
    "storm": Target(
        {
            "centroid_hz": (600, 2000),
            "slope_db": (-6, -2.5),
            "range_lu": (3, 8),
            "slow": (0.6, 1),
            "rise_lu": (1, 5),
        },
        {125.0: (-11, -4), 2000.0: (-14, -6)},
    ),
    # Thunder: most of its energy below 200 Hz, seconds of roll (Few, 1968). A clap at night may
    # stand 9 LU out of the rain and takes a second to do so: no crack.
    "thunder": Target(
        {
            "centroid_hz": (250, 1200),
            "slope_db": (-6, -2),
            "range_lu": (4, 9),
            "slow": (0.6, 1),
            "rise_lu": (2, 5.5),
        },
        {63.0: (-9, -2), 125.0: (-11, -4), 500.0: (-22, -9)},
    ),
    # Harmonics of a drone under formants, and bowls whose partials are not harmonic (1 : 2.7 :
    # 4.9, Inacio et al., 2006) and beat below 2 Hz. Never silent: others sing while one breathes.
    "tibetan-om": Target(
        {
            "centroid_hz": (180, 600),
            "range_lu": (1.5, 7),
            "rise_lu": (1, 7),
            "slow": (0.5, 1),
            "above_8k_db": (-120, -35),
        },
        {125.0: (-14, -5), 500.0: (-9, -2), 2000.0: (-45, -15)},
    ),
}

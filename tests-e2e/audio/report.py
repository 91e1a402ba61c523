"""What the check prints: promises by length of track, the matrix of voices, what fails."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from rich.console import Console
from rich.table import Table

from audio.checks import Finding, Limit
from audio.one_voice import VoiceResult
from audio.voices import distance, semitones

WIDTH = 118
MATRIX = "semitones between median pitches / dB between long-term spectra, 400 Hz to 8 kHz"
# Apart are voices 1.5 semitones and a colour of 1 dB from each other, or 6 semitones. One and
# the same voice lies within 0.2 semitones and 0.4 dB of itself, from read to read.
APART = Limit("other voices one could take it for", "voices", 0.0)
NEAR_SEMITONES, NEAR_DB, FAR_SEMITONES = 1.5, 1.0, 6.0


def difference_findings(results: Sequence[VoiceResult]) -> list[Finding]:
    """For each voice, how many others one could take it for."""
    close = [
        (one.voice, other.voice)
        for one, other in combinations(results, 2)
        if not _clear(
            semitones(one.portrait, other.portrait), distance(one.portrait, other.portrait)
        )
    ]
    return [
        Finding(APART, result.voice, 0, float(sum(result.voice in pair for pair in close)))
        for result in results
    ]


def _clear(interval: float, colours_apart: float) -> bool:
    near = interval < NEAR_SEMITONES
    return not near and (colours_apart >= NEAR_DB or interval >= FAR_SEMITONES)


def print_report(results: Sequence[VoiceResult], findings: Sequence[Finding]) -> None:
    """Three tables on standard output."""
    console = Console(width=WIDTH)
    console.print(_promises(findings))
    console.print(_by_voice(results, findings))
    console.print(_matrix(results))
    failed = [finding for finding in findings if not finding.holds]
    for one in failed:
        console.print(
            f"FAILS: {one.voice}, {one.lines} lines: {one.limit.what} is "
            f"{one.value:.4g} {one.limit.unit}, at most {one.limit.most:.4g}",
            style="bold red",
        )
    console.print(f"{len(findings)} measurements, {len(failed)} failed")


def _promises(findings: Sequence[Finding]) -> Table:
    """The worst of all voices for each promise and length of track."""
    lengths = sorted({one.lines for one in findings if one.lines})
    table = Table("worst of all voices", "unit", "limit", *(f"{n} lines" for n in lengths), "")
    for limit in dict.fromkeys(one.limit for one in findings):
        of_limit = [one for one in findings if one.limit == limit]
        cells = [_worst([one for one in of_limit if one.lines == n]) for n in lengths]
        kept = all(one.holds for one in of_limit)
        mark = "[green]ok" if kept else "[bold red]FAILS"
        table.add_row(limit.what, limit.unit, f"{limit.most:.4g}", *cells, mark)
    return table


def _worst(findings: Sequence[Finding]) -> str:
    return f"{max(one.value for one in findings):.4g}" if findings else ""


def _by_voice(results: Sequence[VoiceResult], findings: Sequence[Finding]) -> Table:
    table = Table("voice", "median pitch, Hz", "words", *_voice_limits(findings))
    for result in results:
        own = {one.limit.what: one.value for one in findings if one.voice == result.voice}
        cells = [f"{own[what]:.3g}" for what in _voice_limits(findings)]
        table.add_row(result.voice, f"{result.portrait.pitch:.0f}", str(result.words), *cells)
    return table


def _voice_limits(findings: Sequence[Finding]) -> list[str]:
    """What is measured of a voice as a whole: the promises with one finding for each."""
    counted = [one.limit.what for one in findings]
    voices = len({one.voice for one in findings})
    return [what for what in dict.fromkeys(counted) if counted.count(what) == voices]


def _matrix(results: Sequence[VoiceResult]) -> Table:
    table = Table("pitch / colour", *(result.voice for result in results), title=MATRIX)
    for one in results:
        row = [
            f"{semitones(one.portrait, other.portrait):.1f} / "
            f"{distance(one.portrait, other.portrait):.1f}"
            for other in results
        ]
        table.add_row(one.voice, *row)
    return table

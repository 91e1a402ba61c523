"""Says which framework a set of lines follows, and why; never in the listener's own words."""

from __future__ import annotations

from collections.abc import Sequence

from ab_session.domain.writer.phrases import Framework
from ab_session.domain.writer.reading import Reading
from ab_session.domain.writing_rules import words

WAYS = {
    Framework.BRIDGE: "Bridge statements (learning, choosing, becoming, capable of)",
    Framework.VALUE: "Value anchors (honour, value, respect, trust)",
    Framework.POWER: "Power statements (building, creating, taking, focusing)",
}
REASONS = {
    Framework.BRIDGE: "they ask you to believe just the next step",
    Framework.VALUE: "they rest on what you hold dear already",
    Framework.POWER: "they put what you do into words, as you do it",
}
DOUBT = "where there is worry or doubt a step is easier to believe than a claim"


def explain(reading: Reading, lines: Sequence[str]) -> str:
    """One or two sentences for the listener, true of these lines."""
    why = DOUBT if reading.doubtful else REASONS[reading.framework]
    themes = reading.theme.title
    if reading.beside is not None:
        themes = f"{themes}, with {reading.beside.title} beside it"
    said = {word for line in lines for word in words(line)}
    spoken = tuple(value for value in reading.values if value in said)
    kept = f" They also speak of {_listed(spoken)}." if spoken else ""
    return f"{WAYS[reading.framework]} for {themes}: {why}.{kept}"


def _listed(values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return values[0]
    return f"{', '.join(values[:-1])} and {values[-1]}"

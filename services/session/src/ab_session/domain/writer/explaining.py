"""Says which framework a set of lines follows, and why; never in the listener's own words."""

from __future__ import annotations

from ab_session.domain.writer.phrases import Framework
from ab_session.domain.writer.reading import Reading

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


def explain(reading: Reading) -> str:
    """One or two sentences for the listener."""
    why = DOUBT if reading.doubtful else REASONS[reading.framework]
    themes = reading.theme.title
    if reading.beside is not None:
        themes = f"{themes}, with {reading.beside.title} beside it"
    kept = f" They also speak of {_listed(reading.values)}." if reading.values else ""
    return f"{WAYS[reading.framework]} for {themes}: {why}.{kept}"


def _listed(values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return values[0]
    return f"{', '.join(values[:-1])} and {values[-1]}"

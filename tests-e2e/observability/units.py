"""A number as a panel would write it, as far as a sketch needs it."""

from __future__ import annotations

THOUSANDS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
DURATIONS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"))
ENDS = {"reqps": " req/s", "ops": " ops/s", "cpm": " /min", "d": " days"}


def written(value: float, unit: str) -> str:
    """``0.0123`` in ``s`` is ``12.3 ms``."""
    if unit == "percentunit":
        return f"{100 * value:.4g} %"
    if unit == "s":
        return _duration(value)
    if unit == "currencyUSD":
        return f"${value:.2f}"
    if unit.startswith("suffix:"):
        return f"{value:.3g} {unit.removeprefix('suffix:').strip()}"
    if unit == "bytes":
        return f"{value / 2**20:.4g} MiB"
    return _short(value) + ENDS.get(unit, "")


def _duration(value: float) -> str:
    for seconds, name in DURATIONS:
        if abs(value) >= seconds:
            return f"{value / seconds:.3g} {name}"
    return "0 s"


def _short(value: float) -> str:
    for size, name in THOUSANDS:
        if abs(value) >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.3g}"

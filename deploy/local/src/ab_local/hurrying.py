"""Rules in a hurry: a drill can't wait five minutes for an alert that needs five minutes."""

import re

# The range selectors and offsets of expressions, and the durations of rules, groups and routes.
_IN_EXPRESSIONS = re.compile(r"(?P<before>\[|:|\boffset\s+-?)(?P<length>(?:\d+(?:ms|[smhdwy]))+)")
_OF_RULES = re.compile(
    r"(?P<before>\b(?:for|keep_firing_for|interval|group_wait|group_interval|repeat_interval"
    r"|resolve_timeout):\s*)(?P<length>(?:\d+(?:ms|[smhdwy]))+)"
)
_PART = re.compile(r"(\d+)(ms|[smhdwy])")
_MILLISECONDS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}


def hurried(text: str, times: float, shortest_range: float) -> str:
    """Return rules, or Alertmanager's routes, with every duration divided.

    Args:
        text: YAML; nothing but durations in their known places is touched. Thresholds stay: an
            alert on an age in seconds still waits for that age.
        times: by how much.
        shortest_range: in seconds; a range has to hold several samples.
    """

    def shorter(found: re.Match[str], least: int) -> str:
        wanted = max(least, round(milliseconds(found["length"]) / times))
        return f"{found['before']}{wanted}ms"

    ranges = _IN_EXPRESSIONS.sub(lambda found: shorter(found, round(shortest_range * 1000)), text)
    return _OF_RULES.sub(lambda found: shorter(found, 1), ranges)


def milliseconds(duration: str) -> int:
    """Return the length of a duration of Prometheus, such as 1h30m."""
    return sum(int(number) * _MILLISECONDS[unit] for number, unit in _PART.findall(duration))

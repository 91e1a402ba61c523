"""The few shapes of PromQL that most panels are."""

from __future__ import annotations

from .model import Query

WINDOW = "$__rate_interval"
REQUESTS = "http_server_request_duration_seconds"


def rate(metric: str, by: str = "", of: str = "", window: str = WINDOW, ago: str = "") -> str:
    """Each second's increase of a counter, summed; ``of`` selects, ``ago`` looks back."""
    back = f" offset {ago}" if ago else ""
    return f"{_sum(by)}(rate({metric}{_braced(of)}[{window}]{back}))"


def minutely(metric: str, by: str = "", of: str = "", ago: str = "") -> str:
    """Each minute's increase of a counter, summed."""
    return f"60 * {rate(metric, by, of, ago=ago)}"


def share(metric: str, of: str, by: str = "") -> str:
    """Which share of a counter's increase has these labels; nothing where it did not grow."""
    return over(rate(metric, by, of), rate(metric, by))


def over(part: str, whole: str) -> str:
    """A share that is absent, not NaN, where there is nothing to share."""
    return f"{part} / ({whole} > 0)"


def increase(metric: str, by: str = "", of: str = "", window: str = "$__range") -> str:
    """How much a counter grew in a window, summed."""
    return f"{_sum(by)}(increase({metric}{_braced(of)}[{window}]))"


def quantile(share: float, metric: str, by: str = "", of: str = "", window: str = WINDOW) -> str:
    """The value of a histogram that this share of it stays below."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', labels, of, window)})"


def within(metric: str, le: str, of: str = "", window: str = WINDOW) -> str:
    """The share of a histogram that stays below one of its bounds."""
    # 120 is written 120.0 by some releases of Prometheus and its clients.
    bound = f'le="{le}"' if "." in le else f'le=~"{le}([.]0)?"'
    below = rate(f"{metric}_bucket", "", f"{bound}, {of}" if of else bound, window)
    return over(below, rate(f"{metric}_count", "", of, window))


def or_zero(expr: str) -> str:
    """Nothing is 0: only for what is counted from its first time on."""
    return f"({expr}) or on() vector(0)"


def slow(
    metric: str, by: str = "", of: str = "", shares: tuple[float, ...] = (0.5, 0.95)
) -> tuple[Query, ...]:
    """A histogram's usual and worst values; the worst ones lead to their traces."""
    name = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(",")) if by else ""
    return tuple(
        Query(
            quantile(share, metric, by, of),
            f"{name} p{share * 100:g}".strip(),
            exemplars=share == shares[-1],
        )
        for share in shares
    )


def _sum(by: str) -> str:
    return f"sum by ({by}) " if by else "sum"


def _braced(of: str) -> str:
    return f"{{{of}}}" if of else ""

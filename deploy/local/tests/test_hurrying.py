import re

import pytest
from ab_local.hurrying import hurried, milliseconds

RULE = """\
groups:
  - name: queues
    interval: 1m
    rules:
      - alert: QueueAge
        # Nobody reads [5m] here, but it does no harm.
        expr: max by (queue) (rate(ab_x_seconds_bucket{le="0.3"}[5m] offset 1d)) > 300
        for: 2m30s
        keep_firing_for: 1h
      - record: ab:x:max
        expr: max_over_time((ab_y > bool 0)[1h:30s]) * 30
        labels: {severity: page, for_whom: 5m}
"""
ROUTES = "  group_wait: 30s\n  repeat_interval: 1d\n"


def test_every_duration_is_divided_and_nothing_else() -> None:
    text = hurried(RULE, 60, 4)
    assert "[5000ms] offset 1440000ms)) > 300" in text
    assert "[60000ms:4000ms]) * 30" in text
    assert re.search(r"^    interval: 1000ms$", text, re.MULTILINE)
    assert re.search(r"^        for: 2500ms$", text, re.MULTILINE)
    assert "keep_firing_for: 60000ms" in text
    assert 'le="0.3"' in text
    assert "for_whom: 5m" in text


def test_a_range_keeps_room_for_samples() -> None:
    assert "[4000ms]" in hurried("expr: rate(a[1m])", 60, 4)
    assert "for: 1000ms" in hurried("for: 1m", 60, 4)


def test_routes_are_hurried_too() -> None:
    assert hurried(ROUTES, 60, 0) == "  group_wait: 500ms\n  repeat_interval: 1440000ms\n"


@pytest.mark.parametrize(
    ("duration", "expected"), [("250ms", 250), ("1h30m", 5_400_000), ("2w", 1_209_600_000)]
)
def test_durations_are_prometheus_own(duration: str, expected: int) -> None:
    assert milliseconds(duration) == expected

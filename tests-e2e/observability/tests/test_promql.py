from __future__ import annotations

import pytest
from observability.promql import (
    metric_names,
    operands,
    without_absence,
    without_matcher,
    without_offset,
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up == 0", ["up"]),
        ("max by (queue) (ab:dead_letters:sum) > 0", ["max by (queue) (ab:dead_letters:sum)"]),
        (
            'a{slo="create"} > 14.4 * 0.001 and on (slo) b{x=~"a|b"} >= 5',
            ['a{slo="create"}', 'b{x=~"a|b"}'],
        ),
        ("time() - min by (h) (ends) < 3 * 86400", ["time() - min by (h) (ends)"]),
        ("sum(a) / sum(b) > 0.1", ["sum(a) / sum(b)"]),
        ("max(a) > 0 or max(b) > 0", ["max(a)", "max(b)"]),
        ("(a or b) unless ignoring (x) c", ["a", "b", "c"]),
        ("0 * (a unless on (job) b) or c", ["a", "b", "c"]),
        ("(a) / (b) > bool 2", ["(a) / (b)"]),
        ("a > -1", ["a"]),
        (
            "increase(a[1h]) > 4 * increase(a[7d]) / 168",
            ["increase(a[1h])", "4 * increase(a[7d]) / 168"],
        ),
    ],
)
def test_each_side_is_found(expression: str, expected: list[str]) -> None:
    assert operands(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('rate(a_total{job="x", le=~"1|2"}[5m]) / on (job) group_left (v) b', {"a_total", "b"}),
        ("sum by (le, job) (ab:x:rate5m offset 10m)", {"ab:x:rate5m"}),
        ("sum(a) by (job) > 2 and c", {"a", "c"}),
        ("time() - 3", set()),
        ("histogram_quantile(0.9, sum without (instance) (rate(h_bucket[5m])))", {"h_bucket"}),
        ("label_replace(vector(0), \"x\", 'and b', '', '') or d", {"d"}),
    ],
)
def test_names_are_metrics_alone(expression: str, expected: set[str]) -> None:
    assert metric_names(expression) == expected


def test_what_is_no_promql_is_refused() -> None:
    with pytest.raises(ValueError, match="is not known here"):
        operands("a ; b")


def test_a_matcher_is_taken_out_wherever_it_stands() -> None:
    for found in ('m{a="1",o="x"}', 'm{o="x",a="1"}'):
        assert without_matcher(found, 'o="x"') == 'm{a="1"}'
    assert without_matcher('m{o="x"}', 'o="x"') == "m{}"


def test_the_past_is_asked_for_as_now() -> None:
    assert without_offset("up offset 10m unless up") == "up unless up"


def test_what_is_missed_is_what_must_be_there() -> None:
    assert without_absence('0 * absent(up{job="watch"})') == '0 * up{job="watch"}'
    assert without_absence("rate(absent_total[5m])") == "rate(absent_total[5m])"

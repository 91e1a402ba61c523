"""Yesterday's numbers as metrics; every instance shows the same, so take the largest."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Gauge

YESTERDAY = Gauge(
    "ab_analytics_yesterday",
    "Numbers of the day (UTC) before this one as it was last counted, by their name.",
    ("number",),
)


class YesterdayGauges:
    """Implements ``Gauges``."""

    def show(self, counts: Mapping[str, int]) -> None:
        """A number that is missing was 0."""
        YESTERDAY.clear()
        for name, number in counts.items():
            YESTERDAY.labels(name).set(number)

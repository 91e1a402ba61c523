"""What a dashboard is made of, without anything of Grafana's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["timeseries", "stat", "bargauge", "table"]
COLUMNS = 24


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and what its series are called.

    ``exemplars`` asks for the traces behind a histogram; ``before`` draws the series dashed, as
    what it is compared with; ``unit`` is its own, on an axis at the right.
    """

    expr: str
    legend: str = ""
    exemplars: bool = False
    before: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """From ``at`` on values have this colour; None is the lowest."""

    at: float | None
    color: str


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column of numbers: the query at the same place fills it."""

    name: str
    unit: str = "short"
    steps: tuple[Step, ...] = ()
    decimals: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows are told apart by these labels; the rest of a query's labels is left out."""

    by: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    sort_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture. ``shows``, ``good`` and ``act`` become its description, in plain words.

    ``runbook`` is the name of a page in ``deploy/runbooks``. ``traces`` (TraceQL) and ``logs``
    (LogQL) become links of every series to what happened in the shown time; they may use
    ``${__field.labels.NAME}``. ``opens`` are further links, title and URL. ``least`` is where
    the axis begins, None for where the data does; ``nothing`` is said where there is no data.
    """

    title: str
    shows: str
    good: str
    act: str
    runbook: str
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"
    unit: str = "short"
    decimals: int | None = None
    least: float | None = 0
    most: float | None = None
    steps: tuple[Step, ...] = ()
    stacked: bool = False
    width: int = 8
    height: int = 8
    table: Table | None = None
    traces: str = ""
    logs: str = ""
    opens: tuple[tuple[str, str], ...] = ()
    leads_to: str = ""
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels from left to right under a title; ``repeat`` names a variable to have one each."""

    title: str
    panels: tuple[Panel, ...]
    repeat: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a dashboard: the values that a label of a metric has."""

    name: str
    label: str
    metric: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard; ``name`` is its file and, behind ``ab-``, its uid."""

    name: str
    title: str
    about: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    hours: int = 6

    @property
    def uid(self) -> str:
        """What alerts and links call it."""
        return f"ab-{self.name}"

    @property
    def panels(self) -> list[Panel]:
        """All of them, in reading order."""
        return [panel for row in self.rows for panel in row.panels]

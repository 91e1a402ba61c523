"""As much of PromQL as it takes to try each part of an alert's expression by itself.

Prometheus answers a comparison that is false, and a name that nobody has, with the same nothing.
So the sides of comparisons and of ``and``, ``or``, ``unless`` are asked for one by one: each of
them has an answer on a system where nothing is wrong, or its name is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<space>\s+)
      |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
      |(?P<number>\d[\w.]*)
      |(?P<word>[A-Za-z_:][\w:]*)
      |(?P<operator>=~|!~|==|!=|<=|>=|[-+*/%^<>=,@])
      |(?P<opening>[(\[{])
      |(?P<closing>[)\]}])""",
    re.VERBOSE,
)
SETS = frozenset({"and", "or", "unless"})
COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
ARITHMETIC = frozenset("+-*/%^")
MATCHING = frozenset({"on", "ignoring", "group_left", "group_right"})
LABEL_LISTS = MATCHING | {"by", "without"}
WORDS = SETS | {"bool", "offset", "inf", "nan"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word, sign, string or bracket, where it begins, and in how many brackets it is."""

    kind: str
    text: str
    start: int
    depth: int

    @property
    def end(self) -> int:
        """Where the next one may begin."""
        return self.start + len(self.text)


def tokens(expression: str) -> list[Token]:
    """All but spaces; ValueError where there is something else."""
    found: list[Token] = []
    depth = at = 0
    while at < len(expression):
        match = TOKEN.match(expression, at)
        if match is None:
            raise ValueError(f"{expression[at : at + 20]!r} is not known here")
        kind = str(match.lastgroup)
        depth -= kind == "closing"
        if kind != "space":
            found.append(Token(kind, match.group(), at, depth))
        depth += kind == "opening"
        at = match.end()
    return found


def operands(expression: str) -> list[str]:
    """What stands on either side of comparisons and set operators, but for mere numbers."""
    found = []
    for part in _split(expression, SETS | COMPARISONS):
        bare = _without_brackets(part)
        if bare != part:
            found += operands(bare)
        elif len(sums := _split(part, ARITHMETIC)) > 1 and any(map(_holds_a_choice, sums)):
            found += [operand for term in sums for operand in operands(term)]
        elif metric_names(part):
            found.append(part)
    return found


def metric_names(expression: str) -> set[str]:
    """The names of all metrics and recording rules in it."""
    names, skipped = set(), -1
    line = tokens(expression)
    for before, token, after in zip([None, *line], line, [*line[1:], None], strict=False):
        if token.kind == "word" and token.text in LABEL_LISTS:
            skipped = _end_of_list(line, token)
        inside = _in_braces(expression, token) or token.start < skipped
        if token.kind != "word" or inside or token.text.lower() in WORDS | LABEL_LISTS:
            continue
        if after is not None and (after.text == "(" or after.text in LABEL_LISTS):
            continue  # a function or an aggregation
        if before is None or before.text != "offset":
            names.add(token.text)
    return names


def without_offset(expression: str) -> str:
    """As if asked for now: a stack that has just begun has no past."""
    return re.sub(r"\s+offset\s+\w+", "", expression)


def without_absence(expression: str) -> str:
    """What must be there, where the question is whether it is missing."""
    return re.sub(r"\babsent\(([^()]*)\)", r"\1", expression)


def without_matcher(expression: str, matcher: str) -> str:
    """Without one label matcher, wherever it is."""
    bare = expression.replace(f"{matcher},", "").replace(f",{matcher}", "")
    return bare.replace(matcher, "")


def _split(expression: str, operators: frozenset[str]) -> list[str]:
    line = tokens(expression)
    cuts, skipped = [(0, 0)], -1
    for before, token in zip([None, *line], line, strict=False):
        top = token.depth == 0 and token.start >= skipped
        # A sign with nothing before it belongs to its number.
        if top and before is not None and token.text in operators and token.kind != "string":
            skipped = _past_matching(line, token)
            cuts.append((token.start, skipped))
    ends = [start for start, _ in cuts[1:]] + [len(expression)]
    return [expression[begin:end].strip() for (_, begin), end in zip(cuts, ends, strict=True)]


def _past_matching(line: list[Token], operator: Token) -> int:
    """Where an operator's right side begins: behind ``bool``, ``on (...)`` and their like."""
    end = operator.end
    while (token := _at(line, end)) is not None and token.text in MATCHING | {"bool"}:
        end = _end_of_list(line, token)
    return end


def _end_of_list(line: list[Token], word: Token) -> int:
    after = _at(line, word.end)
    if after is None or after.text != "(":
        return word.end
    return next(t.end for t in line if t.kind == "closing" and t.start > after.start)


def _at(line: list[Token], place: int) -> Token | None:
    return next((token for token in line if token.start >= place), None)


def _without_brackets(part: str) -> str:
    line = tokens(part)
    wrapped = len(line) > 1 and line[0].text == "(" and line[-1].text == ")"
    # "(a) / (b)" begins and ends so too, but comes back to the ground in between.
    if wrapped and all(token.depth > 0 for token in line[1:-1]):
        return part[line[0].end : line[-1].start].strip()
    return part


def _holds_a_choice(part: str) -> bool:
    bare = _without_brackets(part)
    return bare != part and len(_split(bare, SETS | COMPARISONS)) > 1


def _in_braces(expression: str, token: Token) -> bool:
    opened: list[str] = []
    for other in tokens(expression):
        if other.start >= token.start:
            break
        if other.kind == "opening":
            opened.append(other.text)
        elif other.kind == "closing":
            opened.pop()
    return any(bracket in "{[" for bracket in opened)

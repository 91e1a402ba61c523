"""What a model is told: instructions that never vary first, then a listener's words as data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from ab_session.domain.prompts import PromptVersion, filled
from ab_session.domain.writer.phrases import Framework
from ab_session.domain.writer.reading import Reading, Wish

Role = Literal["system", "user", "assistant"]
FRAMEWORKS = {
    Framework.BRIDGE: "bridge statements (learning to, choosing to, becoming, willing, capable of)",
    Framework.VALUE: "value anchors (I value, honour, respect, trust)",
    Framework.POWER: "power statements (building, creating, taking, focusing)",
}
MOST_COMPLAINTS = 24
LONGEST_COMPLAINT = 200


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompts:
    """The versions that one listener is given."""

    instructions: PromptVersion
    request: PromptVersion
    repair: PromptVersion

    @property
    def label(self) -> str:
        """Names all three: what a set was written with, and nothing of whom for."""
        numbers = (self.instructions.number, self.request.number, self.repair.number)
        return ".".join(map(str, numbers))


def told(prompts: Prompts, wish: Wish, reading: Reading, count: int) -> list[Said]:
    """The first attempt."""
    request = filled(
        prompts.request.text,
        {
            "count": str(count),
            "framework": FRAMEWORKS[reading.framework],
            "wish": _data(wish, reading),
        },
    )
    return [Said("system", prompts.instructions.text), Said("user", request)]


def told_again(
    prompts: Prompts, before: list[Said], answer: str, complaints: list[str], count: int
) -> list[Said]:
    """The second one: what was answered, and what of it broke which rule."""
    listed = "\n".join(f"- {one[:LONGEST_COMPLAINT]}" for one in complaints[:MOST_COMPLAINTS])
    repair = filled(prompts.repair.text, {"complaints": listed, "count": str(count)})
    return [*before, Said("assistant", answer), Said("user", repair)]


def _data(wish: Wish, reading: Reading) -> str:
    """The listener's words as one line of JSON that cannot end the block it stands in."""
    fields = {
        "about": reading.theme.title,
        "session_type": wish.session_type,
        "goal": wish.goal,
        "struggle": wish.struggle,
        "values": list(wish.values),
    }
    kept = {name: value for name, value in fields.items() if value}
    text = json.dumps(kept, ensure_ascii=False)
    # Still the same JSON to whoever reads it, but neither a tag nor a placeholder can be in it.
    for sign in "<>{}":
        inside = text[1:-1].replace(sign, f"\\u{ord(sign):04x}")
        text = f"{text[0]}{inside}{text[-1]}"
    return text

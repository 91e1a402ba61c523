"""OpenAI's ``/v1/moderations``: a verdict a text, by words that nobody else knows.

Tests can't send what real people are hurt by: a made-up word stands for each kind of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.vendor import Vendor

CATEGORIES = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit"),
    *("illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions", "sexual"),
    *("sexual/minors", "violence", "violence/graphic"),
)
FLAGGED = 0.3
WORDS: dict[str, tuple[str, float]] = {
    "zorblax": ("harassment", 0.97),
    "zorbish": ("harassment", 0.41),
    "zornight": ("self-harm/intent", 0.44),
    "zorling": ("sexual/minors", 0.35),
    "zorquake": ("violence", 0.9),
    "zornew": ("category/of/tomorrow", 0.95),
}


@dataclass
class Moderation:
    """``lost`` results are missing from the end of each answer."""

    vendor: Vendor
    words: dict[str, tuple[str, float]] = field(default_factory=lambda: dict(WORDS))
    lost: int = 0

    async def answer(self, body: dict[str, Any]) -> Response:
        """One result a text, in their order."""
        given = body.get("input")
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            return self.vendor.refused(400, "invalid_value")
        results = [self._result(text) for text in texts]
        document = {
            "id": f"modr-{len(self.vendor.calls)}",
            "model": body.get("model", "omni-moderation-latest"),
            "results": results[: len(results) - self.lost],
        }
        return JSONResponse(document)

    def routes(self) -> list[Route]:
        """The vendor's address."""
        guarded = self.vendor.guarded("moderation", self.answer)
        return [Route("/v1/moderations", guarded, methods=["POST"])]

    def texts(self) -> list[str]:
        """Every text that was asked about, in order."""
        calls = (call for call in self.vendor.calls if call["where"] == "moderation")
        return [text for call in calls for text in call["input"]]

    def _result(self, text: str) -> dict[str, Any]:
        scores = dict.fromkeys(CATEGORIES, 0.0001)
        said = (found for word, found in self.words.items() if word in text.lower())
        scores.update(said)
        categories = {name: score >= FLAGGED for name, score in scores.items()}
        return {
            "flagged": any(categories.values()),
            "categories": categories,
            "category_scores": scores,
            "category_applied_input_types": {name: ["text"] for name in scores},
        }

"""A short run of ``make check-api``: the whole of it takes minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.trial import Trial

pytestmark = pytest.mark.journey
QUICK = r"^/v1/(health|me$|me/entitlement|catalog/|sessions$)"


@pytest.mark.timeout(110)
def test_the_api_does_what_its_document_says(gateway_url: str, tmp_path: Path) -> None:
    trial = Trial(gateway_url, seed=1, examples=5, phases=("examples", "coverage"), paths=QUICK)
    figures = trial.run(tmp_path)
    assert figures["failures"] == 0, figures
    assert figures["cases"] > 100

from __future__ import annotations

import pytest
from ab_session.domain.catalogue import CATALOGUE
from ab_session.usecases.check_draft import checked
from ab_shared.contracts.rpc import SessionDraft
from ab_shared.errors import ValidationFailed


def test_the_catalogue_would_pass_as_drafts() -> None:
    for entry in CATALOGUE:
        draft = SessionDraft(title=entry.title, lines=entry.lines, voice_id=entry.voice_id)
        assert checked(draft) == draft


def test_a_refusal_never_repeats_what_was_written() -> None:
    draft = SessionDraft(title="Secret\0 title", lines=("My secret\0 line.",), voice_id="nova")
    with pytest.raises(ValidationFailed) as refused:
        checked(draft)
    assert set(refused.value.details) == {"title", "affirmations.0"}
    assert "ecret" not in f"{refused.value.message}{refused.value.details}"

"""What the session service reads about checking lines and about help for those in need."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.care import HelpLine
from ab_shared.runtime.settings import setting
from pydantic import AfterValidator

from ab_session.domain.moderation.care import check_lines
from ab_session.vendor_settings import VendorSettings

HelpLines = Annotated[dict[str, tuple[HelpLine, ...]], AfterValidator(check_lines)]


class ModerationSettings(VendorSettings):
    """The built-in list always looks first; with a key, an OpenAI-shaped server looks too."""

    openai_moderation_enabled: bool = setting(
        default=True,
        about="Whether the OpenAI-shaped server checks lines too, where there is a key for it",
        example="true",
        where="production",
    )
    openai_moderation_base_url: str | None = setting(
        None,
        about="Where lines are checked, if not at OPENAI_BASE_URL",
        example="https://api.openai.com/v1",
        where="production",
        pattern=r"^https?://",
    )
    openai_moderation_model: str = setting(
        "omni-moderation-latest",
        about="Model that checks lines",
        example="omni-moderation-latest",
        where="production",
    )
    openai_moderation_seconds: float = setting(
        3.0,
        about="Longest that checking may take; then lines are pending, and asked about later",
        example="3",
        where="production",
        gt=0,
        le=5,
    )
    openai_moderation_certain: float = setting(
        0.6,
        about="Score from which a flagged line is rejected; below it people decide",
        example="0.6",
        where="production",
        ge=0,
        le=1,
    )
    session_moderation_seconds: float = setting(
        30.0,
        about="How often lines are asked about again that nobody could check",
        example="30",
        gt=0,
    )
    session_help_lines: HelpLines = setting(
        {},
        about="JSON object: country (or * for anybody) to help lines of name, contact and url?",
        example='{"NO": [{"name": "Mental Helse", "contact": "call 116 123"}]}',
    )

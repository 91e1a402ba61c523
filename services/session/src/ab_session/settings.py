"""What the session service reads from its environment."""

from __future__ import annotations

from ab_shared.runtime.settings import Secret, setting

from ab_session.domain.listening.events import KEPT
from ab_session.moderation_settings import ModerationSettings
from ab_session.push_settings import PushSettings


class SessionSettings(ModerationSettings, PushSettings):
    """A database, the broker, the key of every content address, vendors' models and pushes."""

    content_address_key: Secret = setting(
        about="Key of all content addresses; another key renders everything anew",
        example="change-me",
    )
    session_sweep_seconds: float = setting(
        10.0, about="How often live jobs that do not move are looked after", example="10", gt=0
    )
    session_reconcile_seconds: float = setting(
        60.0,
        about="How often generations are looked for that no job will ever settle",
        example="60",
        gt=0,
    )
    session_listening_days: int = setting(
        KEPT.days,
        about="How many days listening events are kept; how often who heard what stays counted",
        example=str(KEPT.days),
        ge=30,
    )
    session_forget_seconds: float = setting(
        3600.0, about="How often events that are too old are deleted", example="3600", gt=0
    )
    session_left_days: int = setting(
        7,
        about="How many days lines and sounds that were edited out or deleted can be taken back",
        example="7",
        ge=1,
    )
    session_left_seconds: float = setting(
        3600.0,
        about="How often sounds are deleted that nobody took back",
        example="3600",
        gt=0,
    )
    session_analytics_seconds: float = setting(
        300.0,
        about="How often it is looked whether a day of analytics is to be counted",
        example="300",
        gt=0,
    )

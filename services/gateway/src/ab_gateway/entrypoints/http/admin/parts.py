"""The use cases that admin routes call."""

from __future__ import annotations

from dataclasses import dataclass

from ab_gateway.usecases.check_role import CheckRole
from ab_gateway.usecases.look_after_admins import LookAfterAdmins
from ab_gateway.usecases.look_after_jobs import LookAfterJobs
from ab_gateway.usecases.look_after_numbers import LookAfterNumbers
from ab_gateway.usecases.look_after_privacy import LookAfterPrivacy
from ab_gateway.usecases.look_after_prompts import LookAfterPrompts
from ab_gateway.usecases.look_after_sessions import LookAfterSessions
from ab_gateway.usecases.look_after_texts import LookAfterTexts
from ab_gateway.usecases.look_after_users import LookAfterUsers


@dataclass(frozen=True, slots=True)
class AdminParts:
    """Everything behind the admin surface."""

    check_role: CheckRole
    admins: LookAfterAdmins
    users: LookAfterUsers
    jobs: LookAfterJobs
    privacy: LookAfterPrivacy
    sessions: LookAfterSessions
    numbers: LookAfterNumbers
    prompts: LookAfterPrompts
    texts: LookAfterTexts

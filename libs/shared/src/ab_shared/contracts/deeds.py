"""What each request of an operator or an administrator leaves in the audit trail.

A request that changes something names its action here, and its service sends the entry in the
transaction of the change. A new one that is in neither table fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "auth.grant_role.v1": "admin.grant",
        "auth.revoke_role.v1": "admin.revoke",
        "auth.request_erasure.v1": "user.erase",
        "auth.retry_privacy_job.v1": "erasure.retry",
        "auth.end_sign_ins.v1": "sign_in.end_all",
        "auth.revoke_user_tokens.v1": "tokens.revoke",
        "auth.rotate_signing_key.v1": "signing_key.rotate",
        "auth.withdraw_signing_key.v1": "signing_key.withdraw",
        "auth.make_api_key.v1": "api_key.make",
        "auth.rotate_api_key.v1": "api_key.rotate",
        "auth.revoke_api_key.v1": "api_key.revoke",
        "auth.reconcile_identities.v1": "identities.compare",
        "entitlement.correct_quota.v1": "quota.correct",
        "entitlement.reconcile_purchases.v1": "purchases.reconcile",
        "entitlement.replay_purchase_events.v1": "purchases.replay",
        "entitlement.link_purchases.v1": "purchases.link",
        "session.stop_job.v1": "job.cancel",
        "session.requeue_job.v1": "job.requeue",
        "session.read_lines.v1": "session.read_lines",
        "session.rebuild_audio.v1": "session.rebuild_audio",
        "session.delete_any.v1": "session.delete",
        "session.roll_up_day.v1": "analytics.roll_up",
        "session.forget_sounds.v1": "sounds.forget",
        "session.read_flagged.v1": "moderation.read",
        "session.decide_lines.v1": "moderation.decide",
        "session.add_prompt_version.v1": "prompt.add",
        "session.activate_prompt.v1": "prompt.activate",
        "session.roll_out_prompt.v1": "prompt.roll_out",
        "tts.check_objects.v1": "objects.forget",
        "tts.sweep_objects.v1": "objects.sweep",
        "tts.discard_objects.v1": "objects.discard",
        "stitching.check_objects.v1": "objects.forget",
        "stitching.sweep_objects.v1": "objects.sweep",
        "stitching.discard_objects.v1": "objects.discard",
    }
)
"""Routing key of a request that changes something → action of its entry."""

LOOKS: frozenset[str] = frozenset(
    {
        "auth.list_audit.v1",
        "auth.list_admins.v1",
        "auth.find_user.v1",
        "auth.list_privacy_jobs.v1",
        "auth.list_signing_keys.v1",
        "auth.list_api_keys.v1",
        "entitlement.show_quota.v1",
        "session.list_jobs.v1",
        "session.list_any.v1",
        "session.get_analytics.v1",
        "session.list_sounds.v1",
        "session.count_moderation.v1",
        "session.list_flagged.v1",
        "session.list_prompts.v1",
        "session.get_prompt.v1",
    }
)
"""Routing keys of requests that only look."""

"""Every message there is: who may send it and who hears it.

Queues, bindings, broker permissions and the AsyncAPI document are all derived from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ab_shared.contracts import (
    admin,
    affirmations,
    analytics,
    api_keys,
    audit,
    captions,
    caring,
    commands,
    curation,
    desk_stats,
    draining,
    editing,
    events,
    exporting,
    identity_events,
    inspecting,
    job_desk,
    listening,
    log_levels,
    mixdowns,
    moderation,
    notices,
    offline,
    privacy,
    profiles,
    programs,
    prompts,
    purchases,
    reconciling,
    revoking,
    rpc,
    selves,
    session_desk,
    session_reads,
    sharing,
    signing_keys,
    usage,
    user_desk,
)
from ab_shared.contracts.base import Command, Event, Message

SERVICES = ("gateway", "auth", "session", "tts", "stitching", "entitlement")
OPERATOR = "operator"
"""The command line of people who run the stack: it has a user of the broker, and no queue."""
WORKERS = tuple(service for service in SERVICES if service != "gateway")
"""Services that can be drained; the gateway is there for its callers."""
PARTICIPANTS = (*SERVICES, OPERATOR)
"""Everybody with a broker user."""


class Kind(StrEnum):
    """What a message wants from its hearers."""

    COMMAND = "command"
    EVENT = "event"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Route:
    """A message class with its senders and hearers (names of services)."""

    message: type[Message]
    senders: tuple[str, ...]
    hearers: tuple[str, ...]
    each_process: bool = False
    """An event that every process of a hearer has to know, not one of them."""

    @property
    def kind(self) -> Kind:
        """Command, event or request, by the class of the message."""
        if issubclass(self.message, Command):
            return Kind.COMMAND
        return Kind.EVENT if issubclass(self.message, Event) else Kind.REQUEST

    @property
    def routing_key(self) -> str:
        """The address on the broker, version included."""
        return self.message.routing_key


ROUTES: tuple[Route, ...] = (
    Route(commands.SynthesizeRead, ("session",), ("tts",)),
    Route(commands.SynthesizeReadLater, ("session",), ("tts",)),
    Route(commands.PrepareRead, ("session",), ("stitching",)),
    Route(commands.RenderTrack, ("session",), ("stitching",)),
    Route(commands.PublishStem, ("session",), ("stitching",)),
    Route(mixdowns.RenderMixdown, ("session",), ("stitching",)),
    Route(mixdowns.CancelMixdown, ("session",), ("stitching",)),
    Route(offline.DropMixdowns, ("session",), ("stitching",)),
    Route(log_levels.LogLevelSet, (OPERATOR,), SERVICES, each_process=True),
    Route(draining.DrainSet, (OPERATOR,), WORKERS, each_process=True),
    Route(draining.DrainTold, WORKERS, (OPERATOR,), each_process=True),
    Route(events.UserRegistered, ("auth",), ("session",)),
    Route(profiles.UserUpdated, ("auth",), ("session", "entitlement")),
    Route(events.KeysRotated, ("auth",), ("gateway",)),
    Route(revoking.TokensRevoked, ("auth",), ("gateway",)),
    Route(revoking.KeepRevocation, ("auth",), ("gateway",)),
    Route(api_keys.ApiKeyChanged, ("auth",), ("gateway",)),
    Route(events.ReadReady, ("tts",), ("session",)),
    Route(events.ReadFailed, ("tts",), ("session",)),
    Route(events.ReadPrepared, ("stitching",), ("session",)),
    Route(events.ReadRejected, ("stitching",), ("session", "tts")),
    Route(events.TrackRendered, ("stitching",), ("session",)),
    Route(events.TrackFailed, ("stitching",), ("session",)),
    Route(events.StemPublished, ("stitching",), ("session",)),
    Route(events.StemFailed, ("stitching",), ("session",)),
    Route(mixdowns.MixdownProgressed, ("stitching",), ("session",)),
    Route(mixdowns.MixdownRendered, ("stitching",), ("session",)),
    Route(mixdowns.MixdownFailed, ("stitching",), ("session",)),
    Route(events.JobChanged, ("session",), ("gateway",)),
    Route(events.SessionChanged, ("session",), ("gateway",)),
    Route(events.GenerationSettled, ("session",), ("entitlement",)),
    Route(events.EntitlementChanged, ("entitlement",), ("gateway", "session")),
    # The one event that everybody may send, auth itself included: it tells of deeds.
    Route(audit.AuditRecorded, PARTICIPANTS, ("auth",)),
    Route(audit.ListAudit, ("gateway", OPERATOR), ("auth",)),
    Route(privacy.RequestErasure, ("gateway", OPERATOR), ("auth",)),
    Route(privacy.GetPrivacyJob, ("gateway",), ("auth",)),
    Route(privacy.PrivacyJobChanged, ("auth",), ("gateway",)),
    Route(privacy.ErasureRequested, ("auth",), ("gateway", "session", "entitlement")),
    Route(privacy.EraseSpeech, ("session",), ("tts",)),
    Route(privacy.EraseAudio, ("session",), ("stitching",)),
    Route(
        privacy.Erased,
        ("gateway", "session", "entitlement", "tts", "stitching"),
        ("auth",),
    ),
    Route(privacy.UserErased, ("auth",), ("session", "entitlement")),
    Route(privacy.ListPrivacyJobs, ("gateway", OPERATOR), ("auth",)),
    Route(privacy.RetryPrivacyJob, ("gateway", OPERATOR), ("auth",)),
    Route(admin.RoleChanged, ("auth",), ("gateway",)),
    Route(admin.GetRole, ("gateway",), ("auth",)),
    Route(admin.FindUser, ("gateway", OPERATOR), ("auth",)),
    Route(admin.ListAdmins, ("gateway", OPERATOR), ("auth",)),
    Route(admin.GrantRole, ("gateway", OPERATOR), ("auth",)),
    Route(admin.RevokeRole, ("gateway", OPERATOR), ("auth",)),
    Route(rpc.Register, ("gateway",), ("auth",)),
    Route(rpc.Login, ("gateway",), ("auth",)),
    Route(rpc.Refresh, ("gateway",), ("auth",)),
    Route(rpc.Logout, ("gateway",), ("auth",)),
    Route(rpc.GetSigningKeys, ("gateway",), ("auth",)),
    Route(revoking.EndSignIns, (OPERATOR,), ("auth",)),
    Route(signing_keys.ListSigningKeys, (OPERATOR,), ("auth",)),
    Route(signing_keys.RotateSigningKey, (OPERATOR,), ("auth",)),
    Route(signing_keys.WithdrawSigningKey, (OPERATOR,), ("auth",)),
    Route(api_keys.VerifyApiKey, ("gateway",), ("auth",)),
    Route(api_keys.MakeApiKey, (OPERATOR,), ("auth",)),
    Route(api_keys.ListApiKeys, (OPERATOR,), ("auth",)),
    Route(api_keys.RotateApiKey, (OPERATOR,), ("auth",)),
    Route(api_keys.RevokeApiKey, (OPERATOR,), ("auth",)),
    Route(rpc.GetProfile, ("gateway",), ("auth",)),
    Route(identity_events.MeetUser, ("gateway",), ("auth",)),
    Route(identity_events.MeetUsers, ("gateway",), ("auth",)),
    Route(identity_events.StoreIdentityEvent, ("gateway",), ("auth",)),
    Route(identity_events.ReconcileIdentities, (OPERATOR,), ("auth",)),
    Route(profiles.UpdateProfile, ("gateway",), ("auth",)),
    Route(rpc.GetEntitlement, ("gateway", "session"), ("entitlement",)),
    Route(rpc.ReserveGeneration, ("session",), ("entitlement",)),
    Route(usage.JobCosted, ("session",), ("entitlement",)),
    Route(usage.GetUsage, ("gateway",), ("entitlement",)),
    Route(usage.ListReservations, ("session",), ("entitlement",)),
    Route(usage.ShowQuota, ("gateway", OPERATOR), ("entitlement",)),
    Route(usage.CorrectQuota, ("gateway", OPERATOR), ("entitlement",)),
    Route(purchases.ResyncPurchases, ("entitlement",), ("entitlement",)),
    Route(purchases.StorePurchaseEvent, ("gateway",), ("entitlement",)),
    Route(purchases.ReconcilePurchases, (OPERATOR,), ("entitlement",)),
    Route(purchases.ReplayPurchaseEvents, (OPERATOR,), ("entitlement",)),
    Route(purchases.LinkPurchases, (OPERATOR,), ("entitlement",)),
    Route(rpc.ListVoices, ("session",), ("tts",)),
    Route(rpc.CreateSession, ("gateway",), ("session",)),
    Route(rpc.GetSession, ("gateway",), ("session",)),
    Route(session_reads.GetSessions, ("gateway",), ("session",)),
    Route(rpc.ListSessions, ("gateway",), ("session",)),
    Route(editing.EditSession, ("gateway",), ("session",)),
    Route(editing.DeleteSession, ("gateway",), ("session",)),
    Route(editing.DuplicateSession, ("gateway",), ("session",)),
    Route(editing.SetFavourite, ("gateway",), ("session",)),
    Route(sharing.ShareSession, ("gateway",), ("session",)),
    Route(sharing.ListShares, ("gateway",), ("session",)),
    Route(sharing.RevokeShare, ("gateway",), ("session",)),
    Route(sharing.GetShared, ("gateway",), ("session",)),
    Route(listening.RecordEvents, ("gateway",), ("session",)),
    Route(curation.GetCuration, ("gateway",), ("session",)),
    Route(profiles.KeepZone, ("gateway",), ("session",)),
    Route(affirmations.WriteAffirmations, ("gateway",), ("session",)),
    Route(affirmations.SuggestTitle, ("gateway",), ("session",)),
    Route(caring.LookForCare, ("gateway",), ("session",)),
    Route(prompts.ListPrompts, ("gateway", OPERATOR), ("session",)),
    Route(prompts.GetPrompt, ("gateway", OPERATOR), ("session",)),
    Route(prompts.AddPromptVersion, ("gateway", OPERATOR), ("session",)),
    Route(prompts.ActivatePrompt, ("gateway", OPERATOR), ("session",)),
    Route(prompts.RollOutPrompt, ("gateway", OPERATOR), ("session",)),
    Route(prompts.PreviewPrompt, ("gateway",), ("session",)),
    Route(rpc.EnsureAudio, ("gateway",), ("session",)),
    Route(selves.GetValues, ("gateway",), ("session",)),
    Route(selves.SaveValues, ("gateway",), ("session",)),
    Route(selves.GetStruggle, ("gateway",), ("session",)),
    Route(selves.SaveStruggle, ("gateway",), ("session",)),
    Route(selves.GetPreferences, ("gateway",), ("session",)),
    Route(selves.SavePreferences, ("gateway",), ("session",)),
    Route(selves.GetCurationPreferences, ("gateway",), ("session",)),
    Route(selves.SaveCurationPreferences, ("gateway",), ("session",)),
    Route(programs.ListPrograms, ("gateway",), ("session",)),
    Route(programs.ListMyPrograms, ("gateway",), ("session",)),
    Route(programs.GetMyProgram, ("gateway",), ("session",)),
    Route(programs.Enrol, ("gateway",), ("session",)),
    Route(programs.ChangeEnrolment, ("gateway",), ("session",)),
    Route(programs.RecordDay, ("gateway",), ("session",)),
    Route(moderation.CountModeration, ("gateway", OPERATOR), ("session",)),
    Route(moderation.ListFlagged, ("gateway", OPERATOR), ("session",)),
    Route(moderation.ReadFlagged, ("gateway", OPERATOR), ("session",)),
    Route(moderation.DecideLines, ("gateway", OPERATOR), ("session",)),
    Route(rpc.GetJob, ("gateway",), ("session",)),
    Route(rpc.CancelJob, ("gateway",), ("session",)),
    Route(job_desk.ListJobs, ("gateway", OPERATOR), ("session",)),
    Route(job_desk.StopJob, ("gateway", OPERATOR), ("session",)),
    Route(job_desk.RequeueJob, ("gateway", OPERATOR), ("session",)),
    Route(rpc.GetPlaybackBundle, ("gateway",), ("session",)),
    Route(rpc.GetAudioReport, ("gateway",), ("session",)),
    Route(mixdowns.RequestMixdown, ("gateway",), ("session",)),
    Route(mixdowns.GetDownload, ("gateway",), ("session",)),
    Route(offline.ListOffline, ("gateway",), ("session",)),
    Route(offline.ForgetOffline, ("gateway",), ("session",)),
    Route(notices.RegisterPushToken, ("gateway",), ("session",)),
    Route(notices.ListPushTokens, ("gateway",), ("session",)),
    Route(notices.DropPushToken, ("gateway",), ("session",)),
    Route(captions.GetCaptions, ("gateway",), ("session",)),
    Route(captions.GetWaveform, ("gateway",), ("session",)),
    Route(exporting.RequestExport, ("gateway",), ("auth",)),
    Route(exporting.ExportSessions, ("auth",), ("session",)),
    Route(exporting.ExportEntitlement, ("auth",), ("entitlement",)),
    Route(session_desk.ListAnySessions, ("gateway", OPERATOR), ("session",)),
    Route(session_desk.ReadLines, ("gateway",), ("session",)),
    Route(session_desk.ListNeededObjects, ("gateway",), ("session",)),
    Route(session_desk.RebuildAudio, ("gateway",), ("session",)),
    Route(session_desk.DeleteAnySession, ("gateway",), ("session",)),
    Route(inspecting.InspectSpeech, ("gateway",), ("tts",)),
    Route(inspecting.InspectAudio, ("gateway",), ("stitching",)),
    Route(inspecting.DiscardSpeech, ("gateway",), ("tts",)),
    Route(inspecting.DiscardAudio, ("gateway",), ("stitching",)),
    Route(desk_stats.GetPeopleStats, ("gateway",), ("auth",)),
    Route(desk_stats.GetSessionStats, ("gateway",), ("session",)),
    Route(desk_stats.GetSpendingStats, ("gateway",), ("entitlement",)),
    Route(analytics.GetAnalytics, ("gateway", OPERATOR), ("session",)),
    Route(analytics.RollUpDay, ("gateway", OPERATOR), ("session",)),
    Route(user_desk.RevokeUserTokens, ("gateway",), ("auth",)),
    Route(reconciling.CheckSpeech, (OPERATOR,), ("tts",)),
    Route(reconciling.SweepSpeech, (OPERATOR,), ("tts",)),
    Route(reconciling.CheckAudio, (OPERATOR,), ("stitching",)),
    Route(reconciling.SweepAudio, (OPERATOR,), ("stitching",)),
    Route(reconciling.ListSounds, (OPERATOR,), ("session",)),
    Route(reconciling.ForgetSounds, (OPERATOR,), ("session",)),
)

BY_KEY: dict[str, Route] = {route.routing_key: route for route in ROUTES}


def route_of(message: Message | type[Message]) -> Route:
    """The route of a message or its class; KeyError when it is not in the table."""
    return BY_KEY[message.routing_key]


def heard_by(service: str, kind: Kind) -> tuple[Route, ...]:
    """What a service hears, of one kind."""
    return tuple(r for r in ROUTES if r.kind is kind and service in r.hearers)


def sent_by(service: str, kind: Kind) -> tuple[Route, ...]:
    """What a service may send, of one kind."""
    return tuple(r for r in ROUTES if r.kind is kind and service in r.senders)

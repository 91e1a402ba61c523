"""Every drill there is."""

from __future__ import annotations

from drills.drill import Drill
from drills.faults_messages import EVENTS, PoisonMessage, WebhookStorm
from drills.faults_servers import BrokerDown, SlowDatabase, StoreForbidden
from drills.faults_vendors import silent, throttled

VENDOR = {"vendor": "elevenlabs"}
DRILLS = (
    Drill(
        "vendor-429",
        "ElevenLabs answers every call with 429. Tracks are spoken by who comes after it.",
        "VendorThrottled",
        throttled,
        VENDOR,
    ),
    Drill(
        "vendor-hang",
        "ElevenLabs takes calls and says nothing. Calls are cut, tracks are spoken by others.",
        "VendorFailing",
        silent,
        VENDOR,
    ),
    Drill(
        "broker-down",
        "RabbitMQ is killed as often as it comes back. Nothing is made; nothing is forgotten.",
        "BrokerUnreachable",
        BrokerDown,
    ),
    Drill(
        "slow-database",
        "Every statement to Postgres takes 0.3 s more, by a proxy before it.",
        "DatabaseSlow",
        SlowDatabase,
        own_stack=True,
    ),
    Drill(
        "store-403",
        "The object store withdraws what tts and stitching may do: 403 to both.",
        "ObjectStoreForbidden",
        StoreForbidden,
    ),
    Drill(
        "webhook-storm",
        f"RevenueCat sends {EVENTS} signed webhooks at once; beyond the rate they are refused.",
        "WebhooksFailing",
        WebhookStorm,
        own_stack=True,
    ),
    Drill(
        "poison-message",
        "A message that fits no contract lies in tts's queue, and dies at the first look.",
        "DeadLetters",
        PoisonMessage,
        {"queue": "tts.dead"},
    ),
)
BY_NAME = {drill.name: drill for drill in DRILLS}

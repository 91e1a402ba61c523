"""Value anchors for rest: honouring, respecting, trusting, letting be."""

from __future__ import annotations

MEDITATE = (
    "I sit in stillness and watch my breath come and go.",
    "My mind grows wide and quiet like an evening sky.",
    "Each thought passes, and I return to my breath.",
    "I honour this moment by giving it my full presence.",
    "Silence holds me, and I rest inside it.",
    "Here, in this breath, I am already home.",
)
SLEEP = (
    "I let the day go and trust the night to hold me.",
    "My body grows heavy and sinks into the bed.",
    "Slowly my breath lengthens and my thoughts drift apart.",
    "I honour my need for rest and give myself to it.",
    "The work of today is done, and I am at ease.",
    "Warmth spreads through my hands, my feet, my heart.",
    "Sleep comes to me gently, and I welcome it.",
)

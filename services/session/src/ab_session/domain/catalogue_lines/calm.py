"""Bridges for beginners and anxious hours, value anchors for hard days."""

from __future__ import annotations

EASE_IN = (
    "I am learning to speak kindly to myself.",
    "My breath shows me where to begin.",
    "Today I give myself a few quiet minutes.",
    "I allow my shoulders to soften and drop.",
    "Little by little, I am becoming easier with myself.",
    "Small steps count, and I take one now.",
    "My body knows how to rest, and I let it.",
    "Willing and curious, I hear something good about myself.",
    "Listening is enough, and I listen with an open heart.",
    "With each breath I arrive a little more.",
    "I choose to meet this moment with patience.",
    "Whatever I feel now, I make room for it.",
    "My own voice is becoming a friend to me.",
    "Coming back here each day, I grow steadier.",
)
CALM_DOWN_FAST = (
    "I am breathing out slowly, and my body follows.",
    "My feet press the floor and the floor holds me.",
    "With each long breath, I am becoming calmer.",
    "Waves settle, and I am capable of riding this one.",
    "Softening my jaw, I let my shoulders come down.",
    "This moment passes, and I am learning to let it.",
    "My heart is finding its easy rhythm again.",
    "I choose one gentle breath, and then another.",
)
HARD_DAY_STRONG_ME = (
    "I respect how much I carry and how well I carry it.",
    "My strength has brought me through every day so far.",
    "Hard hours teach me what I am made of.",
    "I trust myself to meet whatever this day brings.",
    "Asking for help is one of the ways I stay strong.",
    "I honour my effort, whatever the result looks like.",
    "Tonight I rest, and my courage rests with me.",
)

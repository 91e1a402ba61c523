"""For the SOS screen: short lines that a body in alarm can follow."""

from __future__ import annotations

PANIC = (
    "I am safe in this room, in this breath.",
    "My body is sounding an alarm, and I can let it ring.",
    "Breathing out slowly, I feel my chest loosen.",
    "This wave rises and falls, and I stay with it.",
    "I feel my feet on the ground beneath me.",
    "Each breath I take is slower than the last.",
    "My heart knows how to find its calm again.",
)
OVERWHELM = (
    "I am allowed to do one thing at a time.",
    "My breath makes a little room around me.",
    "Everything else can wait while I breathe.",
    "I choose the smallest step and let it be enough.",
    "Putting the rest down, I hold only this moment.",
    "One hand on my heart, I come back to myself.",
)
RESET = (
    "I breathe in, I breathe out, and I begin again.",
    "My shoulders drop and my face grows soft.",
    "This minute is new, and I meet it fresh.",
    "I let the last hour go and turn toward the next.",
    "Clear air moves through me and clears my mind.",
    "From here I choose how I go on.",
)

"""What the checks and benchmarks have spoken: fifty lines as a listener writes them."""

from __future__ import annotations

# Some with figures, signs and quotes; SAID holds what has to be heard of those.
LINES = (
    "I am calm and grounded in this moment.",
    "I trust myself to make clear and loving choices.",
    "My mind is quiet and my body is at ease.",
    "I welcome rest and I let the day go.",
    "I am worthy of the care that I give to others.",
    "Every breath brings me back to myself.",
    "I move through my work with steady focus.",
    "I take up space and my voice is heard.",
    "I choose what I do next with confidence.",
    "I learn quickly and I am patient with my progress.",
    "I meet hard things with courage and curiosity.",
    "I am surrounded by people who want me to succeed.",
    "I give 100% of my attention to one task.",
    "I wake at 6:30 am with energy and purpose.",
    "I am building a morning that gives me strength.",
    "My shoulders soften and my mind grows clear.",
    "I honour the promise that I made to my body.",
    "I respect my time & I guard my attention.",
    "I am learning to rest, one calm breath at a time.",
    "I let warm light fill my chest and my hands.",
    "I speak with kindness, and I listen with patience.",
    "I am becoming the person that I needed as a child.",
    "I trust the slow and steady rhythm of my growth.",
    "I take 3 deep breaths and I begin again.",
    "My heart is open and my boundaries are clear.",
    "I finish what I start and I celebrate it.",
    "I am capable of holding both joy and sorrow.",
    "I walk into the room with my head held high.",
    "I am ready for the 1st step of this day.",
    "I choose progress, and I welcome every small win.",
    "My body knows how to settle into deep sleep.",
    "I feel the ground beneath my feet and I am safe.",
    "I am grateful for the quiet hours before dawn.",
    "I turn toward my feelings with a gentle mind.",
    "I say “yes” to the work that matters most.",
    "I create space for new ideas every single day.",
    "I value honest words and I speak them softly.",
    "I am focusing on the next right thing.",
    "I carry peace with me wherever I travel.",
    "I save $50 every week for the life I want.",
    "I am strong enough to ask for help.",
    "I breathe in confidence and I breathe out tension.",
    "My past has taught me and my future is open.",
    "I forgive myself and I begin again with love.",
    "I am present with my family at the dinner table.",
    "I trust my hands to do careful and good work.",
    "I rest in the knowledge that I am enough.",
    "I choose water, movement and sunlight today.",
    "I am the author of the story that I live.",
    "I close my eyes, and I let the night hold me.",
)

SAID = {
    12: "I give one hundred percent of my attention to one task",
    13: "I wake at six thirty a m with energy and purpose",
    17: "I respect my time and I guard my attention",
    23: "I take three deep breaths and I begin again",
    28: "I am ready for the first step of this day",
    39: "I save fifty dollars every week for the life I want",
}
"""What is heard of the lines that are written otherwise, by their place."""


def said(place: int) -> str:
    """The words to be heard of a line."""
    return SAID.get(place, LINES[place])

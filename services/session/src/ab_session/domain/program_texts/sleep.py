"""Seven nights of sleep: an evening that leads into rest, built a piece a day."""

from __future__ import annotations

from ab_session.domain.program_texts.told import Told

SLEEP_WEEK = (
    Told(
        "Dim the light",
        "Sleep begins an hour before bed, with the light. Let the evening look like one.",
        "Sleep",
        "Dim all lights but one an hour before bed.",
        (
            "I let the evening grow dark and soft around me.",
            "Night arrives, and I welcome its quiet.",
        ),
    ),
    Told(
        "A place to rest",
        "A bed that is for sleep tells the body what comes next.",
        "Sleep",
        "Charge your phone in another room tonight.",
        (
            "I give my bed to rest and rest comes easily.",
            "This room is calm, and I am safe in it.",
        ),
    ),
    Told(
        "Put the day down",
        "What is written down need not be carried. A page holds it until morning.",
        "Sleep",
        "Write down everything that wants to be remembered, then close the page.",
        (
            "I put this day down and trust it to keep.",
            "On paper my plans rest, and so do I.",
        ),
    ),
    Told(
        "Longer breaths",
        "A breath out that is longer than the breath in slows the heart.",
        "Calm Down Fast",
        "Breathe in for four and out for six, ten times, lying down.",
        (
            "I breathe out slowly and feel my heart slow down.",
            "With every breath my body grows heavier.",
        ),
    ),
    Told(
        "From head to toe",
        "Attention is a warm hand. Lead it once through the whole body.",
        "Meditate",
        "Relax one part of your body after the other, from the forehead down.",
        (
            "I feel my body sink and the bed hold me.",
            "Warmth moves through me from my forehead to my feet.",
        ),
    ),
    Told(
        "If I wake",
        "Waking in the night belongs to sleep. Resting with closed eyes is rest, too.",
        "Sleep",
        "Turn the clock to the wall tonight.",
        (
            "I rest deeply, whatever hour it is.",
            "Quietly my breath carries me back to sleep.",
        ),
    ),
    Told(
        "The same door",
        "A night has a door, and it opens best when it is the same one each evening.",
        "Sleep",
        "Choose your bedtime for the coming week, and one thing that begins it.",
        (
            "I honour my bedtime as a promise to myself.",
            "Every evening my body knows the way to rest.",
        ),
    ),
)

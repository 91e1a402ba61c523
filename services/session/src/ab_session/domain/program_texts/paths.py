"""Paths: chapters that are walked at one's own pace."""

from __future__ import annotations

from ab_session.domain.program_texts.told import Told

STEADY_GROUND = (
    Told(
        "Feel the floor",
        "When the mind races, the floor stays. Begin from below.",
        "Calm Down Fast",
        "Press both feet into the ground for ten breaths.",
        (
            "I feel the ground and let it steady me.",
            "From my feet upward, calm spreads through me.",
        ),
    ),
    Told(
        "Name it gently",
        "A feeling that has a name grows smaller. Say it as you would say it to a child.",
        "Overwhelm",
        "Name what you feel in one word, three times today.",
        (
            "I name what I feel and give it room.",
            "Gently, my feelings move through me and settle.",
        ),
    ),
    Told(
        "What is mine",
        "Some of what you carry is yours to do, and some is yours to let be.",
        "Do The Next Right Thing",
        "Draw two circles: what you can do today, and what can wait.",
        (
            "I tend to what is mine and release the rest.",
            "One clear step is enough for me today.",
        ),
    ),
    Told(
        "A steady hour",
        "Choose one hour of the week in which you owe nobody an answer.",
        "Meditate",
        "Put that hour into your calendar, and keep it.",
        (
            "I protect an hour that belongs to me.",
            "In this hour my mind settles and clears.",
        ),
    ),
    Told(
        "Ground you carry",
        "You know the way down to steady ground. Show it to somebody, and it is yours.",
        "Ease In",
        "Tell a friend what helps you, and ask what helps them.",
        (
            "I carry steady ground with me wherever I go.",
            "Calm is a place my body knows by heart.",
        ),
    ),
)
DEEP_WORK = (
    Told(
        "One true task",
        "Of all that could be done, something matters most. Find it before the day finds you.",
        "Focus",
        "Write tonight the one task that makes tomorrow a good day.",
        (
            "I know my one true task and begin with it.",
            "My day takes its shape from what matters most.",
        ),
    ),
    Told(
        "A closed door",
        "Depth needs a door: a room, headphones, an hour with a beginning and an end.",
        "Focus",
        "Work for twenty-five minutes with everything else closed.",
        (
            "I close the door and sink into my work.",
            "For this hour my attention belongs to one thing.",
        ),
    ),
    Told(
        "Begin badly",
        "The first page only has to exist. Good comes on the second pass.",
        "Creativity",
        "Make a first draft of something in fifteen minutes.",
        (
            "I begin, and beginning carries me forward.",
            "Every rough draft brings me closer to good work.",
        ),
    ),
    Told(
        "Rest is work",
        "A mind that rests on purpose returns with more than it left with.",
        "Reset",
        "Take a walk of ten minutes, and leave the phone behind.",
        (
            "I rest on purpose and return with fresh eyes.",
            "Walking clears my mind and loosens my thoughts.",
        ),
    ),
    Told(
        "Finish",
        "To finish is a skill of its own. Pick something small, and bring it home.",
        "Do The Next Right Thing",
        "Finish one thing that has been open for more than a week.",
        (
            "I bring my work home, one piece at a time.",
            "Finishing feels good, and I choose it today.",
        ),
    ),
)
KINDER_VOICE = (
    Told(
        "Hear the voice",
        "Everybody has a voice that comments. Today, only listen to how it speaks.",
        "Ease In",
        "Write down one sentence that your inner voice says often.",
        (
            "I listen to my inner voice with patience.",
            "Curiosity opens my ears to how I speak to myself.",
        ),
    ),
    Told(
        "Change the tone",
        "The same words in another tone are another message.",
        "Hard Day, Strong Me",
        "Say that sentence again, as a friend would say it.",
        (
            "I choose a warm tone when I speak to myself.",
            "My inner voice is learning to be kind.",
        ),
    ),
    Told(
        "What I value",
        "Kindness grows on what is dear to you. Remember what that is.",
        "Meditate",
        "Read your values, and do one small thing for the first of them.",
        (
            "I live by what I value, in small daily ways.",
            "What I hold dear gives me direction.",
        ),
    ),
    Told(
        "Speak up for me",
        "A kind voice also knows what it needs, and says so.",
        "Pre-Performance",
        "Ask for one thing that you need today.",
        (
            "I ask for what I need in clear, kind words.",
            "My needs deserve a voice, and I lend them mine.",
        ),
    ),
)

"""Ten days towards a quiet mind: from the breath to the whole day."""

from __future__ import annotations

from ab_session.domain.program_texts.told import Told

QUIET_MIND = (
    Told(
        "Arrive",
        "Ten days begin with ten minutes. All there is to do today is to sit and to listen.",
        "Ease In",
        "Choose the chair you sit in for the next ten days.",
        (
            "I arrive in this moment and let it hold me.",
            "My breath leads me gently into quiet.",
        ),
    ),
    Told(
        "One breath",
        "A mind has room for one thing at a time. Today it is the breath you are taking now.",
        "Meditate",
        "Take three slow breaths before you open a door.",
        (
            "I follow one breath from its beginning to its end.",
            "Each breath out gives me a little more room.",
        ),
    ),
    Told(
        "Thoughts pass",
        "Thoughts are weather. Watch one arrive, grow and move on, and stay where you are.",
        "Meditate",
        "Name one thought today, and watch it go.",
        (
            "I watch my thoughts drift by like slow clouds.",
            "Between two thoughts my mind finds open sky.",
        ),
    ),
    Told(
        "The body knows",
        "Shoulders and jaw hold what the mind is carrying. Let them put it down first.",
        "Calm Down Fast",
        "Drop your shoulders each time you sit down.",
        (
            "I soften my shoulders and feel the ground carry me.",
            "My jaw loosens and my hands grow warm.",
        ),
    ),
    Told(
        "Slow hands",
        "Quiet is made with the hands, too. One slow task calms more than a fast hour.",
        "Ease In",
        "Do one small thing at half its speed: wash a cup, fold a shirt.",
        (
            "I give my full attention to what my hands are doing.",
            "Slowly, my day takes on an easy rhythm.",
        ),
    ),
    Told(
        "Listening",
        "Outside sounds are an anchor that is always there. Let three of them come to you.",
        "Meditate",
        "Stand still for one minute and count the sounds.",
        (
            "I listen, and the world grows wide around me.",
            "Every sound brings me back to here and now.",
        ),
    ),
    Told(
        "A kind pause",
        "Halfway is a good place to be kind. Speak to yourself as to a friend who is tired.",
        "Hard Day, Strong Me",
        "Put a hand on your chest and say one kind sentence.",
        (
            "I speak to myself as I speak to a dear friend.",
            "Kindness settles in me and quiets my mind.",
        ),
    ),
    Told(
        "One thing",
        "A quiet mind is a mind with one open task. Close the others for a while.",
        "Focus",
        "Close everything but one window for twenty minutes.",
        (
            "I choose one thing and give it my whole mind.",
            "Step by step, my attention gathers in one place.",
        ),
    ),
    Told(
        "Evening quiet",
        "How a day ends is how the next one starts. Leave the last half hour to yourself.",
        "Sleep",
        "Write down three words about today, and close the book.",
        (
            "I close this day and thank it for what it gave.",
            "My evening grows quiet, and I grow quiet with it.",
        ),
    ),
    Told(
        "Carry it on",
        "You have sat ten times. What was practice is now a place you can go to on any day.",
        "Meditate",
        "Decide when you sit from now on, and tell somebody.",
        (
            "I carry this quiet with me into everything I do.",
            "Whenever I choose, my breath brings me home.",
        ),
    ),
)

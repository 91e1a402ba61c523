"""Seven days of confidence: from what is there already to what is dared."""

from __future__ import annotations

from ab_session.domain.program_texts.told import Told

CONFIDENCE = (
    Told(
        "What is there",
        "Confidence begins with evidence, and you have more of it than you think.",
        "Wake Up",
        "Write down three things you have learned to do.",
        (
            "I know what I can do, and I build on it.",
            "My experience stands behind me wherever I go.",
        ),
    ),
    Told(
        "How I stand",
        "The body tells the mind how brave to be. Give it a taller story.",
        "Pre-Performance",
        "Stand upright for one minute before you begin something.",
        (
            "I stand tall and let my breath fill me.",
            "Strength rises through my feet and into my voice.",
        ),
    ),
    Told(
        "One small promise",
        "Trust in yourself grows like any trust: a promise is made, and it is kept.",
        "Do The Next Right Thing",
        "Promise yourself something that takes five minutes, and keep it today.",
        (
            "I keep the promises that I make to myself.",
            "Each promise I keep deepens my trust in me.",
        ),
    ),
    Told(
        "My voice",
        "People hear the one who speaks a little slower and a little earlier.",
        "Pre-Performance",
        "Say one sentence in a conversation before you feel ready.",
        (
            "I speak slowly, and people lean in to listen.",
            "My words carry what I know and what I value.",
        ),
    ),
    Told(
        "A hard moment",
        "Courage is built on the days that ask for it. Meet one of them on purpose.",
        "Hard Day, Strong Me",
        "Do first today what you would rather do last.",
        (
            "I meet what is hard and grow by meeting it.",
            "Steadily, my courage carries me through this hour.",
        ),
    ),
    Told(
        "Being seen",
        "To show something half finished is a gift to it. Let somebody look.",
        "Creativity",
        "Show one piece of work to a person you trust.",
        (
            "I share my work and learn from every answer.",
            "What I make deserves to be seen.",
        ),
    ),
    Told(
        "Onward",
        "Seven days of evidence lie behind you. Choose what they are for.",
        "Wake Up",
        "Name one thing you dare to begin next week, and put it in your calendar.",
        (
            "I choose a bold next step and take it.",
            "Today my confidence shows in what I begin.",
        ),
    ),
)

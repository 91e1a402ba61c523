"""Power statements: building, creating, taking, focusing."""

from __future__ import annotations

WAKE_UP = (
    "I open my eyes and welcome the light of this morning.",
    "My breath fills my chest and wakes every part of me.",
    "Energy rises through my body as I stretch and stand.",
    "I choose one thing today that makes me glad.",
    "Each step I take carries me further into the day.",
    "Right now I greet the hours ahead with open hands.",
)
FOCUS = (
    "I bring my whole mind to the task before me.",
    "My attention settles here and stays where I place it.",
    "One clear step at a time, I build what matters.",
    "Every breath sharpens my thinking and steadies my hands.",
    "I finish what I begin and feel it come together.",
    "Whenever my thoughts wander, I guide them gently back.",
)
PRE_PERFORMANCE = (
    "I trust the hours of practice that live in my hands.",
    "My heart beats strong and gives me power.",
    "The room receives me, and I give it my best.",
    "I take my place and let my voice carry.",
    "Everything I have learned rises when I call for it.",
    "Breathing low and slow, I step forward ready.",
)
CREATIVITY = (
    "I follow my curiosity and let it lead me somewhere new.",
    "Ideas come to me as I move and play.",
    "My hands shape what my imagination shows me.",
    "I give each idea room to grow before I judge it.",
    "Surprising connections appear when I look twice at my world.",
    "With every sketch and sentence, I create something of my own.",
)
COFFEE_REPLACEMENT = (
    "I breathe in deeply and feel my body switch on.",
    "My blood carries fresh air to every muscle I own.",
    "Clean energy builds in me with every breath.",
    "I straighten my back and my mind clears.",
    "Cool water and bright light wake me gently.",
    "From inside myself I draw the power this day takes.",
)
DO_THE_NEXT_RIGHT_THING = (
    "I choose the next right thing and begin it now.",
    "My first small step moves the whole day forward.",
    "Starting is simple: I take one minute and use it well.",
    "I build momentum with each thing I complete.",
    "What matters most gets the best of my hours.",
    "Again and again I return to the work I value.",
)

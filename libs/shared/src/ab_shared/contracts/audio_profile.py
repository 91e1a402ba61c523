"""The numbers of the audio standard that more than one service must agree on."""

from __future__ import annotations

PROFILE_VERSION = "voice-1"
"""Part of a prepared read's content address: bump it when preparing changes what is heard."""

# The product's audio standard: changing one changes what tracks are, so they are no settings.
GAP_AFTER_READ_1_MS = 1500
GAP_AFTER_READ_2_MS = 4000
VOICE_THRESHOLD_DB = -35.0
MIN_SILENCE_MS = 200

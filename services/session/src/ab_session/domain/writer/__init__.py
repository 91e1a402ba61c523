"""The built-in writer of affirmations: needs no network, and is the same for the same seed."""

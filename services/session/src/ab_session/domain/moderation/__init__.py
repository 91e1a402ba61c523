"""Checking what listeners write: a list of words, verdicts, and what is said with care."""

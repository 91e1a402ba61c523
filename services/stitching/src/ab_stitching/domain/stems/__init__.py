"""Loops that are seamless because they are made on a circle: tones, noises and small sounds."""

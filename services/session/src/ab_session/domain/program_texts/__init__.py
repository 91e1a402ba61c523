"""The programs, word for word: a module each for courses and for paths."""

"""Sequence to sequence: toy tasks, the project's blocks as encoder and decoder."""

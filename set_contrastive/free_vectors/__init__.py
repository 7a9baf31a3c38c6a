"""Vectors of queries and keys that no network computes: built, trained, searched."""

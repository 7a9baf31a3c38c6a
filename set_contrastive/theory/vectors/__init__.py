"""Vectors of queries and keys that no network computes: trained, solved, searched."""

"""Rank of a game's query-key matrix, and the dimension that retrieval needs."""

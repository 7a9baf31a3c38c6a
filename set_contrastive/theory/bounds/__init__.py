"""Bounds of the dimension that retrieving subsets of keys needs."""

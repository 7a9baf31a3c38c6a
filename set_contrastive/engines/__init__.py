"""Engines: run the cells of a study side by side, here or on a Ray cluster.

Each cell is a process of its own, so that one that fails or is killed harms no other.
"""

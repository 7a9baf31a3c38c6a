"""Derivatives by hand, by finite differences, in reverse and forward mode."""

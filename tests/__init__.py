"""Tests; a package, so that no `tests` of an installed one stands before it."""

"""Functional Keras models that score queries against keys."""

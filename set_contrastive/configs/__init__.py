"""Frozen configurations of models, optimizers and experiments."""

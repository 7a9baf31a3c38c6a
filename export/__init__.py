"""Trained scorers as SavedModels."""

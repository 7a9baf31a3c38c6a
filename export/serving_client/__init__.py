"""Asks a TensorFlow Serving server; needs neither the games nor the models."""

"""Training in 16 bits: by hand, and as Keras does it."""

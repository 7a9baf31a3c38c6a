"""Classic mistakes of a training run, and guards against them."""

"""What replicas exchange in a step, how long that takes, and what was measured."""

"""What is minimized, by which optimizer, at which rate, and the loop that does it."""

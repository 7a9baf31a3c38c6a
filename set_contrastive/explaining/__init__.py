"""Which pair, card and attribute drives a score, and how often that is the cause."""

"""What geometry allows: counts, ranks, bounds, and the least that was found."""

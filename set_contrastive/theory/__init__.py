"""What geometry allows: counts, ranks, bounds and floors beside what is measured."""

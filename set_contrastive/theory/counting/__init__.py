"""Numbers of distinct subsets of a game: counted, seen, estimated, shattered."""

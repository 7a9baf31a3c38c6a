"""Names of the tables that this command writes."""

FLOORS = "free_embedding_floors"
PATHS = "free_embedding_paths"
LIMIT = "free_embedding_limit"

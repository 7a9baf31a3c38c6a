"""How many distinct key subsets a game can ask for."""

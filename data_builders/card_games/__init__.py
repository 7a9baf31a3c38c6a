"""The card_games data set."""

"""What tables and scorers converge to on known joint distributions."""

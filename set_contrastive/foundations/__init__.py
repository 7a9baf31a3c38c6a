"""The weeks before the figure: what the study stands on, a file a topic."""

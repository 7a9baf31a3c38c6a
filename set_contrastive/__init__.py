"""How many dimensions an embedding needs, measured with the card game SET."""

__version__ = "0.1.0"

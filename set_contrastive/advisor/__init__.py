"""How many dimensions your embeddings need, and whether the dimension limits them."""

from set_contrastive.advisor.advice import Advice
from set_contrastive.advisor.pipeline import advise

__all__ = ["Advice", "advise"]

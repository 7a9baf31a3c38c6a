"""The tools, in the order of their sections in the report; one line for each."""

from set_contrastive.theory import capacity
from set_contrastive.theory import free_embedding
from set_contrastive.theory import objective_limits
from set_contrastive.theory import rank
from set_contrastive.theory import subsets
from set_contrastive.theory.tool import Tool

TOOLS: tuple[Tool, ...] = (
    free_embedding.TOOL,
    capacity.TOOL,
    subsets.TOOL,
    rank.TOOL,
    objective_limits.TOOL,
)

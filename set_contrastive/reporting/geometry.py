"""The page "What geometry allows": theory's results beside the measured ones."""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

from set_contrastive.base.figure import Figure
from set_contrastive.reporting import markup
from set_contrastive.theory.capacity import figures as capacity
from set_contrastive.theory.free_embedding import figures as free_embedding
from set_contrastive.theory.objective_limits import figures as objective_limits
from set_contrastive.theory.rank import figures as rank
from set_contrastive.theory.result import Result
from set_contrastive.theory.subsets import figures as subsets

PAGE = "geometry.html"
TITLE = "What geometry allows"


@dataclasses.dataclass(frozen=True)
class _Topic:
    """A section: which results it shows, by the start of their names, and how."""

    title: str
    introduction: str
    prefix: str
    figures: Callable[[Result], Sequence[Figure]]


_TOPICS = (
    _Topic(
        "The floor of KL",
        "The smallest KL that any vectors of dimension d reach, found by optimizing "
        "the vectors of queries and keys themselves. What a trained model has above "
        "the floor is left to learn; what lies below is not to be had with that d.",
        "free_embedding_floor",
        free_embedding.figures,
    ),
    _Topic(
        "How many subsets d dimensions can pick",
        "Cover's count of the subsets that inner products can separate, beside the "
        "number that a game asks for.",
        "capacity",
        capacity.figures,
    ),
    _Topic(
        "How many subsets a game asks for",
        "Distinct subsets of the keys by the number of pairs of a query.",
        "subsets",
        subsets.figures,
    ),
    _Topic(
        "Rank, and the dimension that training needs",
        "The rank of the matrix of queries and keys, and the smallest dimension at "
        "which free vectors were trained to answer every query.",
        "rank",
        rank.figures,
    ),
    _Topic(
        "The critical number of documents",
        "The largest number of documents of which free vectors of dimension d were "
        "trained to retrieve every pair.",
        "free_embedding_limit",
        free_embedding.figures,
    ),
    _Topic(
        "What contrastive training converges to",
        "Tables trained on known joint distributions: likelihood finds p(x, y), "
        "InfoNCE finds p(x, y) / (p(x) p(y)).",
        "objective_limits",
        objective_limits.figures,
    ),
    _Topic(
        "When some keys are more frequent than others",
        "Scores of InfoNCE rank keys by pointwise mutual information. Adding log "
        "p(key) turns them into a ranking by probability.",
        "zero_shot",
        objective_limits.figures,
    ),
)


def write(theory: pathlib.Path, output: pathlib.Path) -> bool:
    """Writes the page of all results of theory commands in a folder.

    Args:
      theory: The folder, with what `Result.save` wrote.
      output: Folder that `geometry.html` goes to.

    Returns:
      Whether there was a result; otherwise nothing is written.

    Raises:
      UserError: If a result is damaged.
    """
    topics = [
        {
            "title": topic.title,
            "introduction": topic.introduction,
            "results": [_shown(topic, Result.load(path)) for path in paths],
        }
        for topic in _TOPICS
        if (paths := sorted(theory.glob(f"{topic.prefix}*.json")))
    ]
    if not topics:
        return False
    output.mkdir(parents=True, exist_ok=True)
    page = markup.render("geometry.html.j2", title=TITLE, topics=topics)
    (output / PAGE).write_text(page)
    return True


def _shown(topic: _Topic, result: Result) -> dict[str, Any]:
    """Returns what the template shows of a result."""
    return {
        "title": result.title,
        "claim": result.claim,
        "figures": topic.figures(result),
        "facts": result.settings.get("facts", ()),
        "head": [n.replace("_", " ") for n in (result.rows[0] if result.rows else ())],
        "rows": [[_cell(value) for value in row.values()] for row in result.rows],
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)

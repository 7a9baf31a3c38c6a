"""The page "What geometry allows": theory's results beside the measured ones."""

import dataclasses
import html
import pathlib
from collections.abc import Callable, Sequence

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
    shown = []
    for topic in _TOPICS:
        found = map(Result.load, sorted(theory.glob(f"{topic.prefix}*.json")))
        parts = [part for result in found for part in _result(topic, result)]
        if parts:
            introduction = html.escape(topic.introduction)
            shown += [f"<h2>{topic.title}</h2><p>{introduction}</p>", *parts]
    if not shown:
        return False
    head = [
        f"<h1>{TITLE}</h1>",
        '<p><a href="index.html">What was measured</a></p>',
        '<p class="soft">Is a model badly trained, or as good as any of its dimension '
        "can be? Each table says which of its numbers are exact, which are bounds and "
        "which are estimates.</p>",
    ]
    output.mkdir(parents=True, exist_ok=True)
    (output / PAGE).write_text(markup.document(TITLE, [*head, *shown]))
    return True


def _result(topic: _Topic, result: Result) -> list[str]:
    rows = [[_cell(value) for value in row.values()] for row in result.rows]
    head = [name.replace("_", " ") for name in (result.rows[0] if result.rows else ())]
    facts = [f"<li>{html.escape(f)}</li>" for f in result.settings.get("facts", ())]
    return [
        f"<h3>{html.escape(result.title)}</h3>",
        markup.figures(topic.figures(result)),
        f"<ul>{''.join(facts)}</ul>" if facts else "",
        f"<details><summary>Table</summary>{markup.table(head, rows)}</details>",
        f'<p class="soft">{html.escape(result.claim)}</p>',
    ]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else html.escape(str(value))

"""The page "What geometry allows": theory's results beside the measured ones."""

import pathlib
from typing import Any

from set_contrastive.base.result import Result
from set_contrastive.reporting import markup
from set_contrastive.studies.views import LEAST_FOUND
from set_contrastive.theory import registry
from set_contrastive.theory.tool import Tool

PAGE = "geometry.html"
TITLE = "What geometry allows"


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
            "results": [_shown(tool, Result.load(path)) for path in paths],
        }
        for tool in registry.TOOLS
        for topic in tool.topics
        if (paths := sorted(theory.glob(f"{topic.prefix}*.json")))
    ]
    if not topics:
        return False
    output.mkdir(parents=True, exist_ok=True)
    page = markup.render("geometry.html.j2", title=TITLE, topics=topics)
    (output / PAGE).write_text(page)
    return True


def least_found(theory: pathlib.Path) -> dict[str, dict[int, float]]:
    """Returns the least KL found for free vectors, by game and dimension, in nats.

    An upper bound of what is possible; empty if nobody has searched.

    Args:
      theory: Folder of results of theory commands.

    Raises:
      UserError: If the result is damaged.
    """
    path = theory / f"{LEAST_FOUND}.json"
    found: dict[str, dict[int, float]] = {}
    for row in Result.load(path).rows if path.exists() else ():
        found.setdefault(row["game"], {})[row["vector_dim"]] = row["kl_nats"]
    return found


def _shown(tool: Tool, result: Result) -> dict[str, Any]:
    """Returns what the template shows of a result."""
    return {
        "title": result.title,
        "claim": result.claim,
        "figures": tool.figures(result),
        "facts": result.facts,
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

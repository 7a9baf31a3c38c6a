"""The page of a report: one HTML file that holds all it shows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from set_contrastive.base.figure import Figure
from set_contrastive.reporting import markup
from set_contrastive.reporting import origins
from set_contrastive.reporting.results import Results
from set_contrastive.reporting.verdict import Verdict
from set_contrastive.studies import measures


def render(
    results: Results,
    verdicts: Sequence[Verdict],
    sections: Sequence[tuple[str, str, Sequence[Figure]]],
    command: str,
    theory: str = "",
) -> str:
    """Returns the page.

    Args:
      results: The cells.
      verdicts: What became of each game and model.
      sections: Title, introduction and figures of each section.
      command: The command that writes this report.
      theory: Name of the page of what geometry allows, if there is one.
    """
    return markup.render(
        "study.html.j2",
        study=results.study,
        facts=_facts(results, verdicts),
        theory=theory,
        num_cells=len(results.cells),
        unfinished=[
            {"name": cell.cell.name, "problem": cell.problem}
            for cell in results.cells
            if cell.measures is None
        ],
        sections=[
            {"title": title, "introduction": introduction, "figures": figures}
            for title, introduction, figures in sections
        ],
        tables=[
            table
            for game in results.games
            if (table := _table(results, verdicts, game))["rows"]
        ],
        provenance=_provenance(results, command),
    )


def _facts(results: Results, verdicts: Sequence[Verdict]) -> list[dict[str, str]]:
    facts: list[tuple[str, str]] = []
    compared = [v for v in verdicts if v.reference is not None and v.is_finished]
    if compared:
        at_or_below = sum(v.kl_nats <= (v.reference or 0.0) for v in compared)
        facts.append(
            (
                f"{at_or_below} of {len(compared)}",
                "cells at or below the reference's KL",
            )
        )
    with_goal = [v for v in verdicts if v.goal is not None and v.is_finished]
    if with_goal:
        met = sum(v.meets_goal for v in with_goal)
        facts.append((f"{met} of {len(with_goal)}", "cells reach the study's goal"))
    compared_families = results.study.params_share
    share = results.share_of_params()
    if compared_families and share is not None:
        facts.append((f"{share:.0%}", compared_families.text))
    seconds = sum(r.own_seconds() for r in results.finished)
    facts.append(
        (
            f"{seconds / 60:.0f} min",
            f"of training in all, {len(results.finished)} cells",
        )
    )
    return [{"number": number, "text": text} for number, text in facts]


def _table(results: Results, verdicts: Sequence[Verdict], game: str) -> dict[str, Any]:
    known = any(v.reference is not None for v in verdicts if v.game == game)
    head = ["model", "KL (nats)", "spread"]
    head += ["reference KL", "difference"] if known else []
    head += ["goal", "top-K overlap", "entropy (bits)", "parameters", "steps"]
    head += ["training", "objective"]
    head += [measures.get(name).title for name in results.study.measures]
    rows = [
        _row(results, verdict, known)
        for verdict in verdicts
        if verdict.game == game and verdict.is_finished
    ]
    return {"game": game, "head": head, "rows": rows}


def _row(results: Results, verdict: Verdict, known: bool) -> list[str | markup.Marked]:
    game, model = verdict.game, verdict.model
    first = results.of(game, model)[0]
    measures: dict[str, Any] = first.measures or {}
    seconds = results.mean(game, model, "train_seconds")
    goal: str | markup.Marked = ""
    if verdict.goal is not None:
        word = "met" if verdict.meets_goal else "missed"
        text = f"{markup.number(verdict.goal)} {word}"
        goal = markup.Marked(text, verdict.meets_goal)
    spread = (
        "one seed" if verdict.spread is None else f"± {markup.number(verdict.spread)}"
    )
    compared: list[str | markup.Marked] = ["", ""] if known else []
    if verdict.reference is not None:
        difference = verdict.kl_nats - verdict.reference
        text = markup.number(difference, sign=True)
        compared = [
            markup.number(verdict.reference),
            markup.Marked(text, difference <= 0),
        ]
    return [
        results.titles[model],
        markup.number(verdict.kl_nats),
        spread,
        *compared,
        goal,
        f"{results.mean(game, model, 'top_k_overlap'):.4f}",
        f"{results.mean(game, model, 'entropy_bits'):.3f}",
        f"{measures['num_params']:,}",
        f"{measures['step']:,}",
        f"{seconds / 60:.1f} min",
        first.config.objective,
        *(_summary(results, verdict, name) for name in results.study.measures),
    ]


def _summary(results: Results, verdict: Verdict, name: str) -> str:
    """Returns a measure's mean and spread, and how many seeds have it if not all do."""
    cells = results.of(verdict.game, verdict.model)
    found = [value for cell in cells if (value := cell.measure(name)) is not None]
    if not found:
        return "never" if cells else ""
    text = markup.number(float(np.mean(found)))
    if len(found) > 1:
        text += f" ± {markup.number(float(np.std(found, ddof=1)))}"
    return (
        text if len(found) == len(cells) else f"{text} ({len(found)} of {len(cells)})"
    )


def _provenance(results: Results, command: str) -> dict[str, tuple[str, ...]]:
    """Returns the facts of what was run, those that are not known left empty."""
    notes = [found for r in results.finished if (found := r.provenance())]
    return origins.of(notes, command) | {
        "Seeds": (", ".join(map(str, range(results.seeds))),),
        "Source of the reference": origins.different([results.study.source]),
    }

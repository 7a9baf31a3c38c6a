"""The page of a report: one HTML file that holds all it shows."""

import html
from collections.abc import Iterable, Sequence
from typing import Any

from set_contrastive.base.figure import Figure
from set_contrastive.reporting import markup
from set_contrastive.reporting.results import Results
from set_contrastive.reporting.verdict import Verdict


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
    study = results.study
    unfinished = len(results.cells) - len(results.finished)
    parts = [
        f"<h1>{html.escape(study.title)}</h1>",
        '<p class="soft">A two-tower model scores a query and a key by the inner '
        "product of two vectors of dimension d; a cross-encoder reads both together. "
        "KL is KL(truth || prediction) in nats on the test split, 0 is perfect. Top-K "
        "overlap is the share of the best-scored keys that match, 1 is perfect.</p>",
        _facts(results, verdicts),
    ]
    if theory:
        parts.append(
            f'<p><a href="{theory}">What geometry allows</a>: the floor under these '
            "numbers, counts, ranks and bounds.</p>"
        )
    if unfinished:
        parts.append(
            f'<p class="bad">{unfinished} of {len(results.cells)} cells are not '
            "finished; they are listed below and missing from all figures.</p>"
        )
    for title, introduction, figures in sections:
        parts.append(f"<h2>{html.escape(title)}</h2><p>{html.escape(introduction)}</p>")
        parts.append(markup.figures(figures))
    parts.append("<h2>Every cell</h2>")
    parts += [_table(results, verdicts, game) for game in results.games]
    parts += [_unfinished(results), _provenance(results, command)]
    return markup.document(f"{study.name}: {study.title}", parts)


def _facts(results: Results, verdicts: Sequence[Verdict]) -> str:
    facts = []
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
    seconds = sum((r.measures or {})["train_seconds"] for r in results.finished)
    facts.append(
        (
            f"{seconds / 60:.0f} min",
            f"of training in all, {len(results.finished)} cells",
        )
    )
    items = "".join(f"<li><strong>{a}</strong>{html.escape(b)}</li>" for a, b in facts)
    return f'<ul class="facts">{items}</ul>'


def _table(results: Results, verdicts: Sequence[Verdict], game: str) -> str:
    known = any(v.reference is not None for v in verdicts if v.game == game)
    head = ["model", "KL (nats)", "spread"]
    head += ["reference KL", "difference"] if known else []
    head += ["goal", "top-K overlap", "entropy (bits)", "parameters", "steps"]
    head += ["training", "objective"]
    rows = [
        _row(results, verdict, known)
        for verdict in verdicts
        if verdict.game == game and verdict.is_finished
    ]
    if not rows:
        return ""
    return f"<h3>{html.escape(game)}</h3>{markup.table(head, rows)}"


def _row(results: Results, verdict: Verdict, known: bool) -> list[str]:
    game, model = verdict.game, verdict.model
    first = results.of(game, model)[0]
    measures: dict[str, Any] = first.measures or {}
    seconds = results.mean(game, model, "train_seconds")
    goal = "" if verdict.goal is None else markup.number(verdict.goal)
    if verdict.goal is not None:
        mark, word = ("good", "met") if verdict.meets_goal else ("bad", "missed")
        goal = f'<span class="{mark}">{goal} {word}</span>'
    spread = (
        "one seed" if verdict.spread is None else f"± {markup.number(verdict.spread)}"
    )
    compared = ["", ""] if known else []
    if verdict.reference is not None:
        difference = verdict.kl_nats - verdict.reference
        mark = "good" if difference <= 0 else "bad"
        compared = [
            markup.number(verdict.reference),
            f'<span class="{mark}">{markup.number(difference, sign=True)}</span>',
        ]
    return [
        html.escape(results.titles[model]),
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
    ]


def _unfinished(results: Results) -> str:
    missing = [result for result in results.cells if result.measures is None]
    if not missing:
        return ""
    items = "".join(
        f"<li>{html.escape(result.cell.name)}: {html.escape(result.problem)}</li>"
        for result in missing
    )
    return f"<h2>Cells that are not finished</h2><ul>{items}</ul>"


def _provenance(results: Results, command: str) -> str:
    notes = [found for r in results.finished if (found := r.provenance())]
    facts = {
        "Commands": (*_different(note["command"] for note in notes), command),
        "Commit": _different(note["commit"] for note in notes),
        "Versions": _different(
            ", ".join(f"{k} {v}" for k, v in note["versions"].items()) for note in notes
        ),
        "Machine": _different(
            "{processor}, {cores} core(s) a cell, {memory_gib} GiB, {system}".format(
                **note["machine"]
            )
            for note in notes
        ),
        "Seeds": (", ".join(map(str, range(results.seeds))),),
        "Source of the reference": (results.study.source,),
    }
    rows = "".join(
        f"<dt>{name}</dt>" + "".join(f"<dd>{html.escape(v)}</dd>" for v in values)
        for name, values in facts.items()
        if any(values)
    )
    return f"<h2>What was run</h2><dl>{rows}</dl>"


def _different(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))

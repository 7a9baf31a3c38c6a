"""The page of a report: one HTML file that holds all it shows."""

import base64
import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

from set_contrastive.figure import Figure
from set_contrastive.figure import pretty
from set_contrastive.reporting.results import Results
from set_contrastive.reporting.verdict import Verdict

_STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #1f2328; --soft: #57606a;
  --line: #d8dee4; --good: #1a7f37; --bad: #c0382b; --card: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --ink: #e6edf3;
  --soft: #9198a1; --line: #30363d; --good: #3fb950; --bad: #ff7b72;
  --card: #161b22; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--page);
  color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { margin-top: 2.5rem; }
p, figcaption { max-width: 46rem; } .soft, figcaption { color: var(--soft); }
figcaption { font-size: .88rem; }
figure { margin: 0; min-width: 0; } img { width: 100%; height: auto; display: block; }
.figures { display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
.wide { grid-column: 1 / -1; max-width: 52rem; }
.facts { display: grid; gap: .75rem; padding: 0; list-style: none;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); }
.facts li { background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .75rem 1rem; }
.facts strong { display: block; font-size: 1.35rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .88rem;
  font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
  background: var(--page); }
.good { color: var(--good); } .bad { color: var(--bad); }
code, pre { font-size: .88rem; } pre { overflow-x: auto; background: var(--card);
  padding: .75rem; border-radius: .5rem; } dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
"""


def render(
    results: Results,
    verdicts: Sequence[Verdict],
    sections: Sequence[tuple[str, str, Sequence[Figure]]],
    command: str,
) -> str:
    """Returns the page.

    Args:
      results: The cells.
      verdicts: What became of each game and model.
      sections: Title, introduction and figures of each section.
      command: The command that writes this report.
    """
    study = results.study
    unfinished = len(results.cells) - len(results.finished)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(study.name)}: {html.escape(study.title)}</title>",
        f"<style>{_STYLE}</style></head><body><main>",
        f"<h1>{html.escape(study.title)}</h1>",
        '<p class="soft">A two-tower model scores a query and a key by the inner '
        "product of two vectors of dimension d; a cross-encoder reads both together. "
        "KL is KL(truth || prediction) in nats on the test split, 0 is perfect. Top-K "
        "overlap is the share of the best-scored keys that match, 1 is perfect.</p>",
        _facts(results, verdicts),
    ]
    if unfinished:
        parts.append(
            f'<p class="bad">{unfinished} of {len(results.cells)} cells are not '
            "finished; they are listed below and missing from all figures.</p>"
        )
    for title, introduction, figures in sections:
        parts.append(f"<h2>{html.escape(title)}</h2><p>{html.escape(introduction)}</p>")
        parts.append(f'<div class="figures">{"".join(map(_figure, figures))}</div>')
    parts.append("<h2>Every cell</h2>")
    parts += [_table(results, verdicts, game) for game in results.games]
    parts += [_unfinished(results), _provenance(results, command)]
    return "\n".join([*parts, "</main></body></html>\n"])


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
    shares = []
    for game in results.games:
        params: dict[str, list[int]] = {"two_tower": [], "cross_encoder": []}
        for result in results.finished:
            if result.game == game:
                family = result.config.model.family
                params.setdefault(family, []).append(result.row()["num_params"])
        if params["two_tower"] and params["cross_encoder"]:
            shares.append(max(params["cross_encoder"]) / min(params["two_tower"]))
    if shares:
        facts.append(
            (
                f"{max(shares):.0%}",
                "of the smallest two-tower's parameters, at most, has a game's "
                "cross-encoder",
            )
        )
    seconds = sum((r.measures or {})["train_seconds"] for r in results.finished)
    facts.append(
        (
            f"{seconds / 60:.0f} min",
            f"of training in all, {len(results.finished)} cells",
        )
    )
    items = "".join(f"<li><strong>{a}</strong>{html.escape(b)}</li>" for a, b in facts)
    return f'<ul class="facts">{items}</ul>'


def _figure(figure: Figure) -> str:
    light, dark = (
        "data:image/svg+xml;base64," + base64.b64encode(figure.render(d)).decode()
        for d in (False, True)
    )
    caption = html.escape(figure.caption)
    wide = ' class="wide"' if figure.size[0] > 6 else ""
    return (
        f'<figure{wide}><picture><source media="(prefers-color-scheme: dark)" '
        f'srcset="{dark}"><img src="{light}" alt="{caption}"></picture>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


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
    return (
        f'<h3>{html.escape(game)}</h3><div class="scroll"><table><thead><tr>'
        + "".join(f"<th>{name}</th>" for name in head)
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(results: Results, verdict: Verdict, known: bool) -> str:
    game, model = verdict.game, verdict.model
    first = results.of(game, model)[0]
    measures: dict[str, Any] = first.measures or {}
    seconds = results.mean(game, model, "train_seconds")
    goal = "" if verdict.goal is None else number(verdict.goal)
    if verdict.goal is not None:
        mark, word = ("good", "met") if verdict.meets_goal else ("bad", "missed")
        goal = f'<span class="{mark}">{goal} {word}</span>'
    spread = "one seed" if verdict.spread is None else f"± {number(verdict.spread)}"
    compared = ["", ""] if known else []
    if verdict.reference is not None:
        difference = verdict.kl_nats - verdict.reference
        mark = "good" if difference <= 0 else "bad"
        compared = [
            number(verdict.reference),
            f'<span class="{mark}">{number(difference, sign=True)}</span>',
        ]
    cells = [
        html.escape(pretty(model)),
        number(verdict.kl_nats),
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
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def number(value: float, sign: bool = False) -> str:
    """Returns a KL with the digits that count, never as a power of ten."""
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    digits = 3 if size >= 0.0995 else 5 if size >= 0.0001 or not size else 6
    return f"{value:{'+' if sign else ''}.{digits}f}"


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

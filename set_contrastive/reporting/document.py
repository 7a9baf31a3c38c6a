"""What a report shows, and the files it is written to."""

import pathlib
from collections.abc import Sequence

from tqdm import tqdm

from set_contrastive.base import provenance
from set_contrastive.base.figure import Figure
from set_contrastive.reporting import analysis
from set_contrastive.reporting import figures
from set_contrastive.reporting import geometry
from set_contrastive.reporting import page
from set_contrastive.reporting import results as results_lib
from set_contrastive.reporting import table
from set_contrastive.reporting import verdict
from set_contrastive.runs import run_folder

Section = tuple[str, str, Sequence[Figure]]


def sections(
    results: results_lib.Results, verdicts: Sequence[verdict.Verdict]
) -> list[Section]:
    """Returns what the page shows: title, introduction and figures of each section."""
    shown: list[Section] = []
    if results.dims:
        shown.append(
            (
                "How many dimensions",
                "A game whose queries pick many different subsets of the keys needs "
                "vectors of more dimensions.",
                [figures.against_dimension(results)],
            )
        )
    if results.study.subsets_log2:
        shown.append(
            (
                "KL and overlap against the number of subsets",
                "The more distinct subsets the queries of a game pick, the more a "
                "small dimension costs; a cross-encoder does not care.",
                [
                    figures.against_subsets(results, measure, ours)
                    for measure in ("kl_nats", "top_k_overlap")
                    for ours in ((True, False) if results.study.references else (True,))
                ],
            )
        )
    short: dict[str, list[str]] = {}
    for found in verdicts:
        if found.is_finished and not found.meets_goal:
            short.setdefault(found.game, []).append(found.model)
    if short:
        shown.append(
            (
                "Short of the goal",
                "What the study asks of these models they did not reach.",
                [figures.curves(results, *item) for item in short.items()],
            )
        )
    games = [game for game in results.games if not _is_easy(results, game)]
    examples = [e for game in games if (e := analysis.example(results, game))]
    shown.append(
        (
            "What goes wrong",
            "A model short of dimensions cannot give all matching keys the same high "
            "score, so it spreads probability over neighbours that do not match.",
            [
                *map(figures.example, examples),
                figures.entropy(results, None),
                figures.entropy(results, analysis.MIDDLE_SIZES),
                *(figures.by_size(results, game) for game in games),
            ],
        )
    )
    return shown


def _is_easy(results: results_lib.Results, game: str) -> bool:
    """Whether no query of a game has a number of keys in the middle."""
    found = [result for result in results.finished if result.game == game]
    return not any(
        size in analysis.MIDDLE_SIZES
        for result in found
        for size in analysis.by_subset_size(result, "kl_nats")
    )


def write(
    workdir: pathlib.Path,
    output: pathlib.Path,
    theory: pathlib.Path | None = None,
    study_name: str | None = None,
) -> list[verdict.Verdict]:
    """Writes the report of a study.

    Args:
      workdir: Folder of the study.
      output: Folder that the report goes to.
      theory: Folder of results of theory commands, for a page of their own.
      study_name: The study, as the user names it; None for one of the project's own.

    Returns:
      What became of each game and model.

    Raises:
      UserError: If there is no study or no finished cell.
    """
    results = results_lib.collect(workdir, study_name)
    verdicts = verdict.judge(results)
    shown = sections(results, verdicts)
    output.mkdir(parents=True, exist_ok=True)
    for figure in tqdm([f for _, _, drawn in shown for f in drawn], "drawing"):
        figure.save(output)
    name = results.study.name
    table.write_csv(output / f"{name}.csv", results.cells)
    run_folder.write_json(
        output / f"{name}.json",
        {
            "study": name,
            "cells": [result.row() for result in results.cells],
            "verdicts": [found.to_dict() for found in verdicts],
            "provenance": [result.provenance() for result in results.finished],
        },
    )
    beside = geometry.PAGE if theory and geometry.write(theory, output) else ""
    text = page.render(results, verdicts, shown, provenance.command(), beside)
    (output / "index.html").write_text(text)
    for result in results.cells:
        if result.measures is None:
            print(f"left out: {result.cell.name} is {result.problem}")
    return verdicts

"""What a report shows, and the files it is written to."""

import pathlib

from tqdm import tqdm

from set_contrastive.base import provenance
from set_contrastive.base import whole_files
from set_contrastive.reporting import geometry
from set_contrastive.reporting import page
from set_contrastive.reporting import results as results_lib
from set_contrastive.reporting import sections
from set_contrastive.reporting import swept
from set_contrastive.reporting import table
from set_contrastive.reporting import trials
from set_contrastive.reporting import verdict
from set_contrastive.studies.trial_study import TrialStudy


def write(
    workdir: pathlib.Path,
    output: pathlib.Path,
    theory: pathlib.Path | None = None,
    study_name: str | None = None,
) -> list[str]:
    """Writes the report of a study.

    Args:
      workdir: Folder of the study.
      output: Folder that the report goes to.
      theory: Folder of results of theory commands, for a page of their own.
      study_name: The study, as the user names it; None for the folder's only one.

    Returns:
      Lines that say what was found.

    Raises:
      UserError: If there is no study or no finished cell.
    """
    study, seeds = swept.find(workdir, study_name)
    if isinstance(study, TrialStudy):
        return [trials.write(workdir, output, study, seeds).text()]
    results = results_lib.read(workdir, study, seeds)
    verdicts = verdict.judge(results)
    least = geometry.least_found(theory) if theory else {}
    shown = sections.drawn(results, verdicts, least)
    output.mkdir(parents=True, exist_ok=True)
    for figure in tqdm([f for _, _, drawn in shown for f in drawn], "drawing"):
        figure.save(output)
    name = results.study.name
    table.write_csv(output / f"{name}.csv", results)
    whole_files.write_json(
        output / f"{name}.json",
        {
            "study": name,
            "cells": [result.row(results.study) for result in results.cells],
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
    return [
        f"{found.game:<14} {found.model:<18} KL {found.kl_nats:.5f}"
        for found in verdicts
        if found.is_finished
    ]

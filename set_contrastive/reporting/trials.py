"""The report of a study whose cells are trials: a table, its curves and a page."""

import dataclasses
import pathlib
from typing import Any

from set_contrastive.base import provenance
from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.base.result import cell_text
from set_contrastive.reporting import markup
from set_contrastive.reporting import origins
from set_contrastive.runs import trial_folder
from set_contrastive.studies.trial_study import TrialCell
from set_contrastive.studies.trial_study import TrialStudy

_CURVE = "curve"


@dataclasses.dataclass(frozen=True)
class Found:
    """A trial that has ended.

    Attributes:
      cell: The trial.
      row: Its row of the table, by column.
      curve: Its measure after steps; empty if it has none.
      provenance: Where and when it ran.
    """

    cell: TrialCell
    row: dict[str, Any]
    curve: list[tuple[float, float]]
    provenance: dict[str, Any]


def write(
    workdir: pathlib.Path, output: pathlib.Path, study: TrialStudy, seeds: int
) -> Result:
    """Writes the report of a study of trials and returns its table.

    Args:
      workdir: Folder of the study.
      output: Folder that the report goes to.
      study: The study.
      seeds: Number of seeds.

    Raises:
      UserError: If no trial has ended, or their rows have other columns.
    """
    cells = study.all_cells(seeds)
    ended, left_out = _collect(workdir, cells)
    if not ended:
        raise UserError(
            f"workdir {workdir} has no finished cell of {study.name} to report"
        )
    head = list(ended[0].row)
    for found in ended:
        if list(found.row) != head:
            raise UserError(
                f"{found.cell.name}: the columns must be {', '.join(head)}, as of "
                f"{ended[0].cell.name}, got {', '.join(found.row)}"
            )
    result = Result(
        study.name,
        study.title,
        study.claim,
        tuple(found.row for found in ended),
        {"function": study.function, "trials": [_settings(found) for found in ended]},
    )
    figures = _figures(study, ended)
    result.save(output, figures)
    for name, problem in left_out.items():
        print(f"left out: {name}: {problem}")
    text = markup.render(
        "trials.html.j2",
        result=result,
        rows=[[cell_text(value) for value in row.values()] for row in result.rows],
        figures=figures,
        left_out=left_out,
        num_cells=len(cells),
        provenance=origins.of(
            [found.provenance for found in ended], provenance.command()
        ),
    )
    (output / "index.html").write_text(text)
    return result


def _collect(
    workdir: pathlib.Path, cells: list[TrialCell]
) -> tuple[list[Found], dict[str, str]]:
    """Returns the trials that have ended, and why the others are left out."""
    ended, left_out = [], {}
    for cell in cells:
        try:
            found = trial_folder.read(workdir / cell.name, cell.values)
        except UserError as error:  # It is of an earlier version of the study.
            left_out[cell.name] = str(error)
            continue
        if found is None:
            left_out[cell.name] = "not finished"
            continue
        row = {"trial": cell.trial.label, "seed": cell.seed, **found["row"]}
        curve = row.pop(_CURVE, [])
        ended.append(Found(cell, row, curve, found["provenance"]))
    return ended, left_out


def _settings(found: Found) -> dict[str, Any]:
    return {
        "name": found.cell.name,
        "arguments": found.cell.values["arguments"],
        "curve": found.curve,
        "provenance": found.provenance,
    }


def _figures(study: TrialStudy, ended: list[Found]) -> list[Figure]:
    """Returns the picture of the curves, if there are any: a color for each trial."""
    drawn = [found for found in ended if found.curve]
    if not drawn:
        return []

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        places: dict[str, int] = {}
        for found in drawn:
            label = found.cell.trial.label
            is_first = label not in places
            place = places.setdefault(label, len(places))
            axes.plot(
                *zip(*found.curve, strict=True),
                marker=".",
                color=f"C{place % 10}",
                linestyle="-" if place < 10 else "--",
                label=label if is_first else None,
            )
        axes.set_xlabel("step")
        axes.set_ylabel(study.curve)
        axes.legend()

    caption = f"{study.title} A line for each trial and seed."
    return [Figure(study.name, caption, draw, (6.4, 4.2))]

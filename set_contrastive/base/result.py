"""What a theory command found: a table that is printed, written and drawn."""

import csv
import dataclasses
import pathlib
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from set_contrastive.base import provenance
from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure

_WIDTH = 88  # Of the claim's lines.


@dataclasses.dataclass(frozen=True)
class Result:
    """A table, and what kind of truth stands in it.

    Attributes:
      name: Name of its files, without the ending, such as `subsets_union_27`.
      title: What it is, in a few words.
      claim: Which of its numbers are exact, which are bounds and which estimates.
      rows: The table; all rows have the same columns, in order.
      settings: What one needs to find the same again, seeds included.
    """

    name: str
    title: str
    claim: str
    rows: tuple[dict[str, Any], ...]
    settings: dict[str, Any]

    @property
    def facts(self) -> tuple[str, ...]:
        """Lines that stand below the table, of `settings["facts"]`."""
        return tuple(self.settings.get("facts", ()))

    def text(self, columns: Sequence[str] = ()) -> str:
        """Returns title, rows in columns of equal width, the claim and the facts.

        Args:
          columns: Which columns to show; all by default.
        """
        head = list(columns or (self.rows[0] if self.rows else ()))
        cells = [head, *([cell_text(row[c]) for c in head] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))
            for row in cells
        ]
        claim = textwrap.wrap(self.claim, _WIDTH)
        return "\n".join([self.title, *lines, *claim, *(f"- {f}" for f in self.facts)])

    def save(self, output: pathlib.Path, figures: Iterable[Figure] = ()) -> None:
        """Writes `<name>.json`, `<name>.csv` and a PNG of each figure."""
        output.mkdir(parents=True, exist_ok=True)
        for figure in figures:
            figure.save(output)
        with (output / f"{self.name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(self.rows[0]) if self.rows else [])
            writer.writeheader()
            writer.writerows(self.rows)
        values = dataclasses.asdict(self) | {"provenance": provenance.describe()}
        whole_files.write_json(output / f"{self.name}.json", values)

    @classmethod
    def load(cls, path: pathlib.Path) -> "Result":
        """Reads what `save` wrote as JSON.

        Raises:
          UserError: If the file is missing, or holds something else.
        """
        values = whole_files.read_json(path)
        try:
            fields = {f.name: values[f.name] for f in dataclasses.fields(cls)}
            return cls(**fields | {"rows": tuple(map(dict, fields["rows"]))})
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"{path} is no result of a theory command") from error


def cell_text(value: Any) -> str:
    """Returns a table's cell: four digits of a float, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}" if is_number else str(value)

"""A benchmark's table: each row is printed when it is measured, and all are kept."""

import pathlib
from typing import Any

from absl import flags

from set_contrastive.base.result import Result
from set_contrastive.base.result import cell_text

_NUMBER, _WORDS = 11, 32  # Widths of columns.


def output_flag() -> "flags.FlagHolder[str | None]":
    """Defines `--output`, for an entry point."""
    return flags.DEFINE_string(
        "output",
        None,
        "Folder for the table as JSON and CSV; by default it is printed.",
    )


class Table:
    """Rows of a benchmark, printed as they come.

    Args:
      name: Name of the files, without the ending.
      title: What is measured, in a few words.
      claim: How it was measured, and what a ratio is to.
    """

    def __init__(self, name: str, title: str, claim: str) -> None:
        self._name, self._title, self._claim = name, title, claim
        self._rows: list[dict[str, Any]] = []

    def add(self, **row: Any) -> None:
        """Prints a row, and before the first one its columns; all have the same."""
        if not self._rows:
            print(*(_cell(name, row[name], name) for name in row), flush=True)
        print(*(_cell(n, v, cell_text(v)) for n, v in row.items()), flush=True)
        self._rows.append(row)

    def save(self, output: str | None, **settings: Any) -> None:
        """Writes the table with the command's settings, if there is a folder."""
        if output:
            rows = tuple(self._rows)
            result = Result(self._name, self._title, self._claim, rows, settings)
            result.save(pathlib.Path(output))


def _cell(column: str, value: Any, shown: str) -> str:
    """Aligns what is shown in a column: words left, numbers right."""
    if isinstance(value, str):
        return shown.ljust(_WORDS)
    return shown.rjust(max(_NUMBER, len(column)))

"""The shape of every tool: options, computation, figures and place in the report.

A tool is a module of this room with a record `TOOL`, and a line of `registry.py`. The
record gives it its command, `python -m set_contrastive.theory.<name>`, and its sections
on the report's page "What geometry allows".
"""

import dataclasses
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from absl import flags as absl_flags

from set_contrastive.base import command_line
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.configs import flags
from set_contrastive.games import registry

absl_flags.disclaim_key_flags()  # They belong to the tool that is run.


# For a tool with an option `game`.
GAME_HINT = {
    "game": f"One of {', '.join(registry.names())}, or package.module:factory."
}


@dataclasses.dataclass(frozen=True)
class Topic:
    """A section of the report's page.

    Attributes:
      title: Its heading.
      introduction: What its numbers are.
      prefix: It shows the results whose names start so.
    """

    title: str
    introduction: str
    prefix: str


@dataclasses.dataclass(frozen=True)
class Tool:
    """A tool.

    Attributes:
      name: Name of its module.
      options: Dataclass with a comment over each field; flags follow from it.
      compute: Computes results from options, and the folder that results go to: a long
        search saves as it goes, and goes on with what it finds there.
      figures: Draws a result, from what was saved alone.
      topics: Its sections of the report; none for a topic of foundations.
      choices: Allowed values of options that are names, by field.
      hints: What stands behind a flag's help, by field.
      columns: Columns that fit a terminal, by name of the result; all by default.
    """

    name: str
    options: type
    compute: Callable[[Any, pathlib.Path], Iterable[Result]]
    figures: Callable[[Result], Sequence[Figure]]
    topics: tuple[Topic, ...] = ()
    choices: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    hints: Mapping[str, str] = dataclasses.field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)


def run(tool: Tool, folder: str = "theory") -> None:
    """Is the tool's command: computes what its flags ask for, writes and prints it.

    Args:
      tool: The tool.
      folder: Where results go unless `--output` says otherwise.
    """
    flags.define(tool.options, choices=tool.choices, hints=tool.hints)
    output = absl_flags.DEFINE_string("output", folder, "Folder that results go to.")

    def main(argv: list[str]) -> None:
        del argv
        write(tool, flags.read(tool.options), pathlib.Path(output.value))

    command_line.run(main)


def write(tool: Tool, options: Any, output: pathlib.Path) -> None:
    """Computes results, writes each with its figures, and prints it."""
    for result in tool.compute(options, output):
        result.save(output, tool.figures(result))
        print(result.text(tool.columns.get(result.name, ())))
        print(f"Wrote {output / result.name}.json")

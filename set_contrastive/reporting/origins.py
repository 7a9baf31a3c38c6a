"""What was run for a page: commands, commits, versions and machines, each once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def of(notes: Sequence[Mapping[str, Any]], command: str) -> dict[str, tuple[str, ...]]:
    """Returns the facts of what was run, those that are not known left empty.

    Args:
      notes: What `provenance.describe` said of each cell.
      command: What makes the page.
    """
    machine = "{processor}, {cores} core(s) a cell, {memory_gib} GiB, {system}"
    return {
        "Commands": (*different(note["command"] for note in notes), command),
        "Commit": different(note["commit"] for note in notes),
        "Versions": different(
            ", ".join(f"{k} {v}" for k, v in note["versions"].items()) for note in notes
        ),
        "Machine": different(machine.format(**note["machine"]) for note in notes),
    }


def different(values: Iterable[str]) -> tuple[str, ...]:
    """Returns each value once, without empty ones."""
    return tuple(dict.fromkeys(value for value in values if value))

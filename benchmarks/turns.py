"""Contenders that take turns, each in a process of its own.

What moves the machine's speed for a while then moves all of them alike.
"""

import dataclasses
import multiprocessing
import os
import statistics
from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

from tqdm import tqdm

from set_contrastive.base.errors import UserError

# Runs one turn and returns its measures by name.
Turn = Callable[[], dict[str, float]]


@dataclasses.dataclass(frozen=True)
class Contender:
    """What a process runs.

    Attributes:
      warm_up: A function of a module that gets ready in the new process, and returns
        what is to be known of it, and its turn.
      arguments: Those of `warm_up`.
      environment: Variables beside ours that the process starts with.
    """

    warm_up: Callable[..., tuple[Any, Turn]]
    arguments: tuple[Any, ...]
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)


def take(
    contenders: Mapping[str, Contender], number: int
) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """Warms up each in its process, one at a time, and lets them take turns.

    Args:
      contenders: By name, in the order of their turns.
      number: Turns of each.

    Returns:
      By name what each said of itself when it was warm, and the medians of its
      measures.

    Raises:
      UserError: A contender raised it, in its process.
    """
    context = multiprocessing.get_context("spawn")
    ends: dict[str, Any] = {}
    processes, said = [], {}
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    try:
        for name, contender in contenders.items():
            ends[name], theirs = context.Pipe()
            process = context.Process(target=_serve, args=(contender, theirs))
            with mock.patch.dict(os.environ, contender.environment):
                process.start()
            theirs.close()
            processes.append(process)
            said[name] = _receive(ends[name])
        for _ in tqdm(range(number), "turns", leave=False):
            for name, end in ends.items():
                end.send("go")
                turns[name].append(_receive(end))
    finally:
        for end in ends.values():
            end.close()  # Which ends those that wait for a turn.
        for process in processes:
            process.join()
    return said, {name: _medians(found) for name, found in turns.items()}


def _medians(found: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def _receive(end: Any) -> Any:
    try:
        found = end.recv()
    except EOFError as error:
        raise UserError("a contender's process ended; its message is above") from error
    if isinstance(found, UserError):
        raise found
    return found


def _serve(contender: Contender, end: Any) -> None:
    """Warms up and then runs a turn for each word that comes."""
    try:
        said, turn = contender.warm_up(*contender.arguments)
    except UserError as error:
        end.send(error)
        return
    end.send(said)
    while True:
        try:
            end.recv()
        except EOFError:
            return
        end.send(turn())

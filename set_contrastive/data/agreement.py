"""That a prepared data set holds the game which was asked for, by rules of today.

A data set is found by its name, and another game may have left one of the same name; or
the game's code has changed since it was built. Scores would then be measured against
answers that are not the game's, so such a data set is refused.
"""

import dataclasses

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.data import prepared_data
from set_contrastive.games import registry
from set_contrastive.games.game import Game
from set_contrastive.games.game import GameSpec


def game_of(data_dir: str, game: str) -> tuple[GameSpec, Game]:
    """Finds the data set of a game, and checks that it holds that game.

    Args:
      data_dir: Where the data sets of TensorFlow Datasets are.
      game: What the user names: a game of the project, `package.module:factory`, or a
        data set of another name than its game, such as `union_27_small`.

    Returns:
      The data set's specification, and the rules of its game.

    Raises:
      UserError: If there is no such game or data set, or they do not agree.
    """
    if registry.is_game(game):
        rules = registry.get(game)
        spec = prepared_data.read_spec(data_dir, rules.spec.name, game)
        if spec.source not in (game, rules.spec.source):
            raise UserError(
                f"{_where(data_dir, spec)} was built from the game {spec.source!r}, "
                f"asked was {game!r}; build that one in another data_dir"
            )
    else:
        if not prepared_data.folder_of(data_dir, game).is_dir():
            registry.get(game)  # Says which games there are.
        spec = prepared_data.read_spec(data_dir, game)
        rules = registry.from_file(spec.source, _where(data_dir, spec))
    _check_answers(data_dir, spec, rules)
    return spec, rules


def source_of(data_dir: str, game: str) -> str:
    """Returns the name of the game that a data set holds.

    Args:
      data_dir: Where the data sets of TensorFlow Datasets are.
      game: What the user names, as for `game_of`; returned as it is, if it is a game or
        there is no such data set.
    """
    if registry.is_game(game) or not prepared_data.is_built(data_dir, game):
        return game
    return prepared_data.read_spec(data_dir, game).source


def check_run(data_dir: str, trained: GameSpec, game: str | None = None) -> None:
    """Checks that a data set holds the game that a scorer was trained on.

    Args:
      data_dir: Where the data sets of TensorFlow Datasets are.
      trained: The game's specification, as the run folder has it.
      game: The game as the user names it. A game of somebody's own is imported only
        then; without it, specifications are compared, but not the rules.

    Raises:
      UserError: If there is no such data set, or they do not agree.
    """
    spec = prepared_data.read_spec(data_dir, trained.name, trained.source)
    if differing := differing_fields(spec, trained):
        raise UserError(
            f"{_where(data_dir, spec)} was built from the game {spec.source!r} and the "
            f"run is of {trained.source!r}; they differ in {differing}"
        )
    if game is not None or registry.is_registered(spec.source):
        rules = registry.from_file(spec.source, _where(data_dir, spec), game)
        _check_answers(data_dir, spec, rules)


def _check_answers(data_dir: str, spec: GameSpec, rules: Game) -> None:
    """Checks specification and a few stored queries against the rules."""
    again = "its code has changed since; build the data set again, with --overwrite"
    stored = dataclasses.replace(spec, name=rules.spec.name, source=rules.spec.source)
    if differing := differing_fields(stored, rules.spec):
        raise UserError(
            f"{_where(data_dir, spec)} differs from the game {spec.source!r} in "
            f"{differing}: {again}"
        )
    for name in ("train", "validation", "test"):
        sample = prepared_data.read_sample(data_dir, spec.name, name)
        wrong = (rules.answer(sample.queries) != sample.key_mask).any(axis=1)
        if wrong.any():
            query = sample.queries[np.argmax(wrong)]
            raise UserError(
                f"{_where(data_dir, spec)} has other matching keys than the game "
                f"{spec.source!r} gives to the query {rules.format(query)!r} of the "
                f"{name} split: {again}"
            )


def differing_fields(one: GameSpec, other: GameSpec) -> str:
    """Returns the names of the fields that differ, with commas; empty if none."""
    names = (field.name for field in dataclasses.fields(GameSpec))
    return ", ".join(n for n in names if getattr(one, n) != getattr(other, n))


def _where(data_dir: str, spec: GameSpec) -> str:
    return f"data set {spec.name} in data_dir={data_dir}"

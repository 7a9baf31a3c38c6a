"""What is explained: a trained run, or an exported scorer."""

import dataclasses
import json
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.game import Game
from set_contrastive.games.game import GameSpec
from set_contrastive.games.game import Queries
from set_contrastive.models import families
from set_contrastive.runs import experiment

_BATCH = 1024


@dataclasses.dataclass(frozen=True)
class Subject:
    """A scorer and the rules of its game.

    Attributes:
      title: What it is, for people.
      vector_dim: Dimension of its vectors; None if it has none or they are not known.
      game: The rules.
      scores: `query [B, T] -> scores [B, K]`.
      model: The all-keys scorer, for gradients and queries of any length; None if it is
        exported, whose signatures take whole queries and give no gradients.
    """

    title: str
    vector_dim: int | None
    game: Game
    scores: Callable[[Any], Any]
    model: keras.Model | None

    def score(self, queries: Queries) -> npt.NDArray[np.float32]:
        """Returns scores `[n, K]` of queries `[n, T]`, in batches."""
        parts = [
            self.scores(tf.constant(queries[first : first + _BATCH], tf.int32)).numpy()
            for first in range(0, len(queries), _BATCH)
        ]
        return np.concatenate(parts)


def of_run(workdir: str, named: str | None = None) -> Subject:
    """Returns the trained scorer of a run folder.

    Args:
      workdir: The run folder.
      named: The game as the user names it; one of her own is imported only then.

    Raises:
      UserError: If there is no trained scorer, or its game is one of somebody's own
        that the user has not named.
    """
    run = experiment.load(workdir)
    game = registry.from_file(run.spec.source, f"workdir={workdir}", named)
    family = families.get(run.config.model.family)
    model = run.scorer.all_keys_scorer

    @tf.function(reduce_retracing=True)
    def scores(query: Any) -> Any:
        return model({"query": query}, training=False)

    return Subject(
        family.title_of(run.config.model),
        run.config.model.vector_dim if family.uses_vector_dim else None,
        game,
        scores,
        model,
    )


def of_saved_model(folder: str, named: str | None = None) -> Subject:
    """Returns an exported scorer, whose files describe themselves.

    Args:
      folder: One version of a SavedModel with `score_all`, and its game in
        `assets.extra/game.json`.
      named: The game as the user names it; one of her own is imported only then.

    Raises:
      UserError: If there is none that can be read, or its game is one of somebody's own
        that the user has not named.
    """
    try:
        text = (pathlib.Path(folder) / "assets.extra" / "game.json").read_text()
        spec = GameSpec.from_dict(json.loads(text))
        loaded = tf.saved_model.load(folder)
        score_all = loaded.signatures["score_all"]
    except (
        *(OSError, ValueError, TypeError, KeyError, RuntimeError),
        tf.errors.OpError,
    ) as error:
        raise UserError(
            f"no exported scorer that can be read in saved_model={folder}: {error}"
        ) from error
    game = registry.from_file(spec.source, f"saved_model={folder}", named)

    def scores(query: Any, model: Any = loaded) -> Any:
        del model  # Its functions live as long as it is referred to.
        return score_all(query=query)["scores"]

    return Subject(f"exported scorer {folder}", None, game, scores, None)

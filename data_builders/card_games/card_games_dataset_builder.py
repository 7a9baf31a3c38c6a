"""Prepares the splits of a card game: queries and the keys that match them."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from set_contrastive.games import game as game_lib
from set_contrastive.games import registry

# Splits are drawn in this order, each from its own stream of random numbers.
_SPLIT_SEEDS = {"test": 1, "validation": 2, "train": 3}
_HELD_OUT_SIZE = 5_120
_TRAIN_SIZE = 2**18

# A game runs dry when so many draws of so many queries bring no new one.
_LEAST_DRAWN = 2**14
_PATIENCE = 16


@dataclasses.dataclass(kw_only=True)
class CardGamesConfig(tfds.core.BuilderConfig):
    """One game.

    To change the size of a game's training split, give the data set another name:
    `--config='{"name": "union_27_small", "game": "union_27", "train_size": 1000}'`.

    Attributes:
      game: What `registry.get` takes; the config's name by default.
      train_size: Number of training queries of a game that is not listed whole.
    """

    game: str = ""
    train_size: int = _TRAIN_SIZE


class Builder(tfds.core.GeneratorBasedBuilder):
    """Queries of a card game with the mask of their matching keys."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    BUILDER_CONFIG_CLASS = CardGamesConfig
    BUILDER_CONFIGS = [
        CardGamesConfig(name=name, description=f"The game {name}.")
        for name in registry.names()
    ]

    @property
    def _game(self) -> game_lib.Game:
        return registry.get(self.builder_config.game or self.builder_config.name)

    def _info(self) -> tfds.core.DatasetInfo:
        spec = dataclasses.replace(self._game.spec, name=self.builder_config.name)
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "query": tfds.features.Tensor(
                        shape=(spec.query_length,), dtype=np.int32
                    ),
                    "key_mask": tfds.features.Tensor(
                        shape=(spec.num_keys,), dtype=np.bool_
                    ),
                }
            ),
            supervised_keys=("query", "key_mask"),
            metadata=tfds.core.MetadataDict(
                game=spec.to_dict(), exhaustive=spec.exhaustive
            ),
            disable_shuffling=True,  # Queries are drawn at random: keep their order.
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        del dl_manager  # Nothing is downloaded.
        splits = draw_splits(self._game, self.builder_config.train_size)
        return {
            name: self._generate_examples(queries) for name, queries in splits.items()
        }

    def _generate_examples(
        self, queries: game_lib.Queries
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        key_masks = self._game.answer(queries)
        for number, (query, key_mask) in enumerate(
            zip(queries, key_masks, strict=True)
        ):
            yield number, {"query": query, "key_mask": key_mask}


def draw_splits(game: game_lib.Game, train_size: int) -> dict[str, game_lib.Queries]:
    """Draws the queries of all splits.

    Args:
      game: The game. If it lists its queries, each split is the whole list.
      train_size: Number of training queries otherwise.

    Returns:
      Queries `[n, T]` of train, validation and test; no query stands twice, neither
      within a split nor in two of them.
    """
    population = game.population()
    if population is not None:
        return {name: population for name in ("train", "validation", "test")}
    if train_size < 1:
        raise ValueError(f"train_size must be at least 1, got {train_size}")
    seen: set[bytes] = set()
    drawn = {}
    for name, seed in _SPLIT_SEEDS.items():
        rng = np.random.default_rng(seed)
        size = train_size if name == "train" else _HELD_OUT_SIZE
        drawn[name] = _draw_unseen(game, rng, size, seen, train_size)
    return {name: drawn[name] for name in ("train", "validation", "test")}


def _draw_unseen(
    game: game_lib.Game,
    rng: np.random.Generator,
    size: int,
    seen: set[bytes],
    train_size: int,
) -> game_lib.Queries:
    unseen: list[game_lib.Queries] = []
    fruitless = 0
    while len(unseen) < size:
        found = len(unseen)
        for query in game.sample(rng, max(size - found, _LEAST_DRAWN)):
            if (code := query.tobytes()) not in seen and len(unseen) < size:
                seen.add(code)
                unseen.append(query)
        fruitless = fruitless + 1 if len(unseen) == found else 0
        if fruitless == _PATIENCE:
            raise ValueError(
                f"{game.spec.name} has too few queries for train_size={train_size} and "
                f"two held-out splits of {_HELD_OUT_SIZE}: no new one after {len(seen)}"
            )
    return np.stack(unseen)

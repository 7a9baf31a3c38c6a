"""Prepares the splits of a card game: queries and the keys that match them."""

import dataclasses
import importlib
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from data_builders.card_games.example_writer import OrderedExampleWriter
from set_contrastive.base.errors import UserError
from set_contrastive.games import game as game_lib
from set_contrastive.games import registry
from set_contrastive.games import splits
from set_contrastive.games.large_splits import LargeSplit


@dataclasses.dataclass(kw_only=True)
class CardGamesConfig(tfds.core.BuilderConfig):
    """One game.

    To change the size of a game's training split, give the data set another name:
    `--config='{"name": "union_27_small", "game": "union_27", "train_size": 1000}'`.

    Attributes:
      game: What `registry.get` takes; the config's name by default.
      train_size: Number of training queries of a game that is not listed whole; more
        than 2^20 are prepared on Apache Beam.
    """

    game: str = ""
    train_size: int = splits.TRAIN_SIZE


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

    @property
    def _is_large(self) -> bool:
        """Whether the training split is written on Apache Beam, not by TFDS."""
        return (
            self.builder_config.train_size > splits.MOST_IN_MEMORY
            and self._game.population() is None
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        del dl_manager  # Nothing is downloaded.
        if self._is_large:
            drawn = splits.draw_held_out(self._game)
        else:
            drawn = splits.draw_splits(self._game, self.builder_config.train_size)
        return {
            name: self._generate_examples(queries) for name, queries in drawn.items()
        }

    def _generate_splits(
        self, dl_manager: Any, download_config: tfds.download.DownloadConfig
    ) -> list[tfds.core.SplitInfo]:
        if not self._is_large:
            return list(super()._generate_splits(dl_manager, download_config))
        beam_pipeline = _import_beam_pipeline(self.builder_config.train_size)
        train = beam_pipeline.write_split(
            LargeSplit(self._game, self.builder_config.train_size),
            self.info.features,
            self._get_filename_template("train"),
            self._example_writer(),
            download_config,
        )
        return [train, *super()._generate_splits(dl_manager, download_config)]

    def _example_writer(self) -> OrderedExampleWriter:
        return OrderedExampleWriter(file_format=self.info.file_format)

    def _generate_examples(
        self, queries: game_lib.Queries
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        key_masks = self._game.answer(queries)
        for number, (query, key_mask) in enumerate(
            zip(queries, key_masks, strict=True)
        ):
            yield number, {"query": query, "key_mask": key_mask}


def _import_beam_pipeline(train_size: int) -> types.ModuleType:
    """Returns the module that needs Apache Beam."""
    try:
        return importlib.import_module("data_builders.card_games.beam_pipeline")
    except ModuleNotFoundError as error:
        if error.name != "apache_beam":
            raise
        raise UserError(
            f"train_size={train_size}, more than {splits.MOST_IN_MEMORY}, needs Apache "
            "Beam: pip install 'set_contrastive[beam]'"
        ) from error

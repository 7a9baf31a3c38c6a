"""A game of a user's own, named as she names it: tests.parity:Parity."""

import numpy as np

from set_contrastive.games.game import Game
from set_contrastive.games.game import GameSpec


class Parity(Game):
    """A query is a number below ten and matches its remainder modulo two."""

    spec = GameSpec(
        name="parity_2",
        source="tests.parity:Parity",
        num_keys=2,
        query_length=1,
        keys=("even", "odd"),
        vocabulary=("", *map(str, range(10))),
        attribute_table=((),) * 11,
        key_symbols=(1, 2),
        exhaustive=True,
    )

    def sample(self, rng, n):
        return rng.integers(1, 11, (n, 1), np.int32)

    def answer(self, queries):
        return (queries - 1) % 2 == np.arange(2)

    def population(self):
        return np.arange(1, 11, dtype=np.int32)[:, None]

    def format(self, query):
        return self.spec.vocabulary[query[0]]

    def parse(self, text):
        return np.array([1 + int(text)], np.int32)

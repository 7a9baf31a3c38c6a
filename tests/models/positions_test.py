"""Where the positions of a query lie."""

import numpy as np
import pytest

from set_contrastive.games import registry
from set_contrastive.models.positions import PositionEmbedding


def test_short_queries_start_at_any_block_in_training_and_at_the_first_otherwise():
    layer = PositionEmbedding(16, 2)
    states = np.zeros((400, 4, 8), np.float32)
    symbols = np.random.default_rng(0).integers(1, 65, (400, 4))
    first = layer(states, symbols).numpy()
    np.testing.assert_array_equal(first, np.broadcast_to(first[0], first.shape))
    block, place = layer.get_weights()
    np.testing.assert_allclose(first[0, 2], block[1] + place[0], rtol=1e-6)
    shifted = layer(states, symbols, training=True).numpy()
    chosen = _starts(layer, shifted)
    assert set(chosen) == set(range(7))  # A query of two blocks has seven starts.
    np.testing.assert_allclose(shifted[:, 3], block[chosen + 1] + place[1], rtol=1e-5)
    # The same query starts at the same block in another batch.
    alone = layer(states[:1], symbols[:1], training=True)
    np.testing.assert_array_equal(alone[0], shifted[0])
    full = np.ones((2, 16), np.int32), np.zeros((2, 16, 8), np.float32)
    np.testing.assert_array_equal(
        layer(full[1], full[0], training=True), layer(full[1], full[0])
    )


@pytest.mark.parametrize("game", ["union_27", "union_81"])
def test_where_a_short_query_starts_says_nothing_of_its_keys(game):
    """Else a model reads the start in place of the cards, and fails at the first block.

    The mutual information of start and each attribute of the third card, in bits; that
    of independent draws is about `(8 - 1) (3 - 1) / (2 n log 2)` for n pairs (Miller).
    """
    pairs = registry.get(game).with_pairs(1)
    queries = np.unique(pairs.sample(np.random.default_rng(0), 20_000), axis=0)
    matches = pairs.answer(queries)
    one_card = matches.sum(axis=1) == 1
    third = matches[one_card].argmax(axis=1)
    layer = PositionEmbedding(8, 1)
    states = np.zeros((len(queries), 1, 8), np.float32)
    starts = _starts(layer, layer(states, queries, training=True).numpy())[one_card]
    independent = 7 / len(third) / np.log(2)
    for attribute in range(4 if game == "union_81" else 3):
        value = third // 3**attribute % 3
        assert _mutual_information(starts, value) < 3 * independent
        by_sum = _mutual_information(queries[one_card].sum(axis=1) % 8, value)
        assert attribute or by_sum > 1  # What a plain sum of the symbols gives away.


def _starts(layer: PositionEmbedding, states: np.ndarray) -> np.ndarray:
    """Returns the block that each row of zeros starts at, of the layer's output."""
    block, place = layer.get_weights()
    distance = np.abs(states[:, None, 0] - (block + place[0])).max(axis=2)
    assert distance.min(axis=1).max() < 1e-6
    return distance.argmin(axis=1)


def _mutual_information(x: np.ndarray, y: np.ndarray) -> float:
    """Returns the mutual information of two columns of whole numbers, in bits."""
    joint = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(joint, (x, y), 1 / len(x))
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    seen = joint > 0
    return float((joint[seen] * np.log2(joint[seen] / independent[seen])).sum())

"""The smallest dimension that training finds, by hand and on the shared game."""

import numpy as np
import pytest

from set_contrastive.free_vectors import smallest_dim
from set_contrastive.free_vectors import training
from set_contrastive.games import distinct_subsets
from set_contrastive.games.shared import SharedGame
from set_contrastive.theory.bounds import matrix_rank

QUICK = training.Settings("ranking", max_steps=400, restarts=4)


def test_dimensions_by_hand():
    # Single keys on a circle need 2 dimensions; on a line only both ends are first.
    single = np.eye(6, dtype=np.bool_)
    assert smallest_dim.find(single, 6, QUICK, 0)[0] == 2
    # The first j keys of an order need 1.
    nested = np.tri(6, dtype=np.bool_)[:-1]
    assert smallest_dim.find(nested, 5, QUICK, 0)[0] == 1


@pytest.mark.parametrize("name", ["ranking", "softmax"])
def test_the_dimension_below_left_some_subset(name):
    mask = distinct_subsets.of_game(SharedGame(2, 4), 1, 0).mask
    settings = training.Settings(name, max_steps=800, restarts=4)
    enough = matrix_rank.exact_rank(mask)
    dim, found = smallest_dim.find(mask, enough, settings, 0)
    assert dim == 4
    assert found[3].retrieved < 1 == found[4].retrieved


def test_a_dimension_below_one_that_fails_is_found():
    # Bisection from the rank, 19, would look at 10, where training fails, and never
    # below: a look at all dimensions in turn finds the 6 in which it does not.
    mask = distinct_subsets.of_game(SharedGame(3, 3), 1, 0).mask
    mask = mask[~mask.all(axis=1)]
    settings = training.Settings("softmax", restarts=8)
    assert training.train(mask, 10, settings, [0, 10]).retrieved < 1
    dim, found = smallest_dim.find(mask, 19, settings, 0)
    assert (dim, list(found)) == (6, [1, 2, 3, 4, 5, 6])

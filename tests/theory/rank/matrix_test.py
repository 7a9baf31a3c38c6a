"""Ranks against elimination with fractions, and against the study's table."""

import fractions

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from set_contrastive.games import registry
from set_contrastive.games.shared import SharedGame
from set_contrastive.theory.rank import matrix

# (attributes, values) and rank, as the study of 2021 found them.
STUDY = {
    (2, 3): 5,
    (2, 5): 9,
    (2, 6): 11,
    (2, 7): 13,
    (2, 8): 15,
    (3, 3): 19,
    (4, 3): 65,
}


def rank_of_fractions(rows):
    """Gaussian elimination over the rational numbers, row by row."""
    basis = []
    for row in rows:
        row = [fractions.Fraction(int(entry)) for entry in row]
        for pivot, reduced in basis:
            factor = row[pivot]
            row = [a - factor * b for a, b in zip(row, reduced, strict=True)]
        place = next((i for i, entry in enumerate(row) if entry), None)
        if place is not None:
            basis.append((place, [entry / row[place] for entry in row]))
    return len(basis)


@pytest.mark.parametrize(("deck", "rank"), STUDY.items())
def test_the_studys_table(deck, rank):
    mask = matrix.subsets(SharedGame(*deck), 1, 0).mask
    assert matrix.exact_rank(mask) == rank
    assert matrix.numeric_rank(mask) == rank
    assert matrix.shared_rank(*deck) == rank


@pytest.mark.parametrize("deck", [(2, 3), (3, 2), (3, 3), (2, 5)])
def test_all_pairs_of_cards_have_the_same_rank(deck):
    # Equal rows and rows of zeros, which are left out above.
    game = SharedGame(*deck)
    every = game.answer(game.pairs_of_cards())
    assert len(every) == game.spec.num_keys * (game.spec.num_keys - 1) // 2
    assert np.linalg.matrix_rank(every.astype(float)) == matrix.shared_rank(*deck)
    assert rank_of_fractions(every) == matrix.shared_rank(*deck)


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(
    st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**32), st.floats(0.1, 0.9)
)
def test_random_matrices(num_rows, num_columns, seed, share):
    rng = np.random.default_rng(seed)
    mask = rng.random((num_rows, num_columns)) < share
    mask = mask[rng.integers(0, num_rows, num_rows)]  # Repeats lower the rank.
    rank = rank_of_fractions(mask)
    assert matrix.exact_rank(mask) == rank
    assert matrix.numeric_rank(mask) == rank
    assert matrix.modular_rank(mask, 2) <= rank
    assert matrix.modular_rank(mask.T, 2**31 - 1) == rank


def test_a_rank_that_falls_modulo_a_prime():
    # Determinant -2.
    mask = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]], np.bool_)
    assert matrix.modular_rank(mask, 2) == 2
    assert matrix.modular_rank(mask, 3) == matrix.exact_rank(mask) == 3


def test_primes():
    primes = matrix._primes()
    assert [next(primes) for _ in range(3)] == [2147483647, 2147483629, 2147483587]


def test_a_large_matrix_of_low_rank_takes_several_primes(monkeypatch):
    tried = []
    modular_rank = matrix.modular_rank
    monkeypatch.setattr(
        matrix,
        "modular_rank",
        lambda mask, prime: tried.append(prime) or modular_rank(mask, prime),
    )
    mask = matrix.subsets(SharedGame(4, 3), 1, 0).mask
    assert matrix.exact_rank(mask) == 65
    # 82^(82 / 2) / 2^81 bounds minors of 81 rows: 2^180 takes six primes of 31 bits.
    assert len(tried) == len(set(tried)) == 6


@pytest.mark.parametrize("deck", [(2, 3), (2, 5), (3, 3)])
def test_squared_error_needs_what_alternating_least_squares_finds(deck):
    # The best products found by alternating between queries and keys.
    game = SharedGame(*deck)
    mask = game.answer(game.pairs_of_cards())
    found = matrix.squared_error_dim(mask)
    assert found <= matrix.shared_rank(*deck)
    rng = np.random.default_rng(0)
    for dim, expected in ((found, True), (found - 1, False)):
        keys = rng.standard_normal((mask.shape[1], dim))
        for _ in range(300):
            queries = np.linalg.lstsq(keys, mask.T.astype(float))[0].T
            keys = np.linalg.lstsq(queries, mask.astype(float))[0].T
        assert bool(((queries @ keys.T > 0.5) == mask).all()) == expected


def test_squared_error_by_hand():
    # Blocks of 3, 2 and 1 rows and columns: one singular component each.
    blocks = np.repeat(np.repeat(np.eye(3, dtype=np.bool_), (3, 2, 1), 0), (3, 2, 1), 1)
    assert matrix.squared_error_dim(blocks) == 3
    assert matrix.squared_error_dim(np.zeros((2, 2), np.bool_)) == 1
    assert matrix.squared_error_dim(np.ones((3, 4), np.bool_)) == 1


def test_subsets_of_a_game():
    listed = matrix.subsets(registry.get("wildcard_27"), 1, 0)
    assert (listed.whole, listed.mask.shape) == (True, (64, 27))
    drawn = matrix.subsets(registry.get("union_27"), 500, 0)
    assert not drawn.whole
    assert len(drawn.mask) == len(np.unique(drawn.mask, axis=0)) <= 500
    assert drawn.mask.any(axis=1).all()
    assert matrix.exact_rank(drawn.mask) == 27

"""Ranks against elimination with fractions, and against the study's table."""

import fractions

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from set_contrastive.games import distinct_subsets
from set_contrastive.games import registry
from set_contrastive.games.shared import SharedGame
from set_contrastive.theory.bounds import matrix_rank

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


def shared_rank(num_attributes, num_values):
    """The rank of the shared game's matrix by formula, `V^A - (V - 1)^A`.

    Functions of a key are sums of products of functions of its single attributes, each
    of them constant or of sum 0 over the attribute's values. A query's row never takes
    part with all A attributes at once, since two distinct cards share at most A - 1,
    and all else occurs: `sum over j < A of binomial(A, j) (V - 1)^j`.
    """
    return num_values**num_attributes - (num_values - 1) ** num_attributes


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
    mask = distinct_subsets.of_game(SharedGame(*deck), 1, 0).mask
    assert matrix_rank.exact_rank(mask) == rank
    assert matrix_rank.numeric_rank(mask) == rank
    assert shared_rank(*deck) == rank


@pytest.mark.parametrize("deck", [(2, 3), (3, 2), (3, 3), (2, 5)])
def test_all_pairs_of_cards_have_the_same_rank(deck):
    # Equal rows and rows of zeros, which are left out above.
    game = SharedGame(*deck)
    every = game.answer(game.pairs_of_cards())
    assert len(every) == game.spec.num_keys * (game.spec.num_keys - 1) // 2
    assert np.linalg.matrix_rank(every.astype(float)) == shared_rank(*deck)
    assert rank_of_fractions(every) == shared_rank(*deck)


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(
    st.integers(1, 7), st.integers(1, 7), st.integers(0, 2**32), st.floats(0.1, 0.9)
)
def test_random_matrices(num_rows, num_columns, seed, share):
    rng = np.random.default_rng(seed)
    mask = rng.random((num_rows, num_columns)) < share
    mask = mask[rng.integers(0, num_rows, num_rows)]  # Repeats lower the rank.
    rank = rank_of_fractions(mask)
    assert matrix_rank.exact_rank(mask) == rank
    assert matrix_rank.numeric_rank(mask) == rank
    assert matrix_rank.modular_rank(mask, 2) <= rank
    assert matrix_rank.modular_rank(mask.T, 2**31 - 1) == rank


def test_a_rank_that_falls_modulo_a_prime():
    # Determinant -2.
    mask = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]], np.bool_)
    assert matrix_rank.modular_rank(mask, 2) == 2
    assert matrix_rank.modular_rank(mask, 3) == matrix_rank.exact_rank(mask) == 3


def test_primes():
    primes = matrix_rank._primes()
    assert [next(primes) for _ in range(3)] == [2147483647, 2147483629, 2147483587]


def test_a_large_matrix_of_low_rank_takes_several_primes(monkeypatch):
    tried = []
    modular_rank = matrix_rank.modular_rank
    monkeypatch.setattr(
        matrix_rank,
        "modular_rank",
        lambda mask, prime: tried.append(prime) or modular_rank(mask, prime),
    )
    mask = distinct_subsets.of_game(SharedGame(4, 3), 1, 0).mask
    assert matrix_rank.exact_rank(mask) == 65
    # 82^(82 / 2) / 2^81 bounds minors of 81 rows: 2^180 takes six primes of 31 bits.
    assert len(tried) == len(set(tried)) == 6


@pytest.mark.parametrize("deck", [(2, 3), (2, 5), (3, 3)])
def test_squared_error_needs_what_alternating_least_squares_finds(deck):
    # The best products found by alternating between queries and keys.
    game = SharedGame(*deck)
    mask = game.answer(game.pairs_of_cards())
    found = matrix_rank.squared_error_dim(mask)
    assert found <= shared_rank(*deck)
    for dim, expected in ((found, True), (found - 1, False)):
        # In a block of equal singular values the start says which of the best is found.
        gives_back = []
        for seed in range(1 if deck == (3, 3) else 4):
            keys = np.random.default_rng(seed).standard_normal((mask.shape[1], dim))
            for _ in range(300):
                queries = np.linalg.lstsq(keys, mask.T.astype(float))[0].T
                keys = np.linalg.lstsq(queries, mask.astype(float))[0].T
            gives_back.append(((queries @ keys.T > 0.5) == mask).all())
        assert all(gives_back) == expected


@pytest.mark.parametrize(("deck", "dim"), [((2, 5), 9), ((2, 8), 15), ((3, 3), 7)])
def test_squared_error_does_not_depend_on_the_order_of_queries_and_keys(deck, dim):
    # Cut inside blocks of equal singular values, by order, it is 8 or 9 and 13 to 15.
    game = SharedGame(*deck)
    mask = game.answer(game.pairs_of_cards())
    rng = np.random.default_rng(0)
    found = {matrix_rank.squared_error_dim(mask)}
    for _ in range(6):
        moved = mask[rng.permutation(len(mask))][:, rng.permutation(mask.shape[1])]
        found.add(matrix_rank.squared_error_dim(moved))
    assert found == {dim}


def test_squared_error_asks_all_of_the_closest_products():
    """Any basis of a block may be cut anywhere: from d on all give the matrix back."""
    rng = np.random.default_rng(1)
    for deck in ((2, 3), (2, 5), (3, 3)):
        game = SharedGame(*deck)
        mask = game.answer(game.pairs_of_cards())
        left, values, right = np.linalg.svd(mask.astype(float), full_matrices=False)
        blocks = np.split(
            np.arange(len(values)), np.flatnonzero(values[:-1] - values[1:] > 1e-6) + 1
        )
        wrong = 0
        for _ in range(40):
            turn = np.zeros((len(values), len(values)))
            for block in blocks:
                basis = np.linalg.qr(rng.standard_normal((len(block), len(block))))[0]
                turn[np.ix_(block, block)] = basis
            ours, theirs = left @ turn, turn.T @ right
            for d in range(1, shared_rank(*deck)):
                product = ours[:, :d] * values[:d] @ theirs[:d]
                if not ((product > 0.5) == mask).all():
                    wrong = max(wrong, d)
        assert matrix_rank.squared_error_dim(mask) == wrong + 1


def test_squared_error_by_hand():
    # Blocks of 3, 2 and 1 rows and columns: one singular component each.
    blocks = np.repeat(np.repeat(np.eye(3, dtype=np.bool_), (3, 2, 1), 0), (3, 2, 1), 1)
    assert matrix_rank.squared_error_dim(blocks) == 3
    assert matrix_rank.squared_error_dim(np.zeros((2, 2), np.bool_)) == 1
    assert matrix_rank.squared_error_dim(np.ones((3, 4), np.bool_)) == 1


def test_a_sample_of_unions_has_full_rank():
    assert (
        matrix_rank.exact_rank(
            distinct_subsets.of_game(registry.get("union_27"), 500, 0).mask
        )
        == 27
    )

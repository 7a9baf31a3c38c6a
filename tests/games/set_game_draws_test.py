"""Queries that set games draw: uniform, independent, with no empty subset."""

import itertools

import numpy as np
import pytest

from set_contrastive.games import registry
from tests.games.folded_words import NAMES
from tests.games.folded_words import TINY
from tests.games.folded_words import VALUES
from tests.games.folded_words import WITH_PAIRS
from tests.games.folded_words import joined_cards
from tests.games.folded_words import matching_keys
from tests.games.folded_words import tiny_texts
from tests.uniform_draws import assert_uniform


def words_of(game, symbols):
    """Words of card symbols: `[..., A]`."""
    words = [
        card.split("-") for card in game.spec.vocabulary[1 : game.deck.num_cards + 1]
    ]
    return np.array(words)[symbols - 1]


def test_set_27_draws_uniform_pairs_of_plain_cards():
    game = registry.get("set_27")
    queries = game.sample(np.random.default_rng(0), 50_000)
    drawn = [" ".join(game.spec.vocabulary[symbol] for symbol in q) for q in queries]
    plain = joined_cards(3, wildcards=False)
    assert_uniform(drawn, set(map(" ".join, itertools.product(plain, plain))))


def test_wildcard_27_draws_each_attribute_uniformly():
    game = registry.get("wildcard_27")
    words = words_of(game, game.sample(np.random.default_rng(1), 20_000))
    for card, attribute in itertools.product(range(2), range(3)):
        assert_uniform(words[:, card, attribute], {*VALUES[attribute], "*"})


@pytest.mark.parametrize("name", WITH_PAIRS)
def test_games_of_pairs_draw_a_plain_card_and_one_with_wildcards(name):
    game = registry.get(name)
    stride = 3 if name == "symdiff_27" else 2
    queries = game.sample(np.random.default_rng(2), 5_000)
    first = words_of(game, queries[:, 0::stride])
    second = words_of(game, queries[:, 1::stride])
    assert first.shape[:2] == second.shape[:2] == (5_000, 8)
    for attribute in range(first.shape[2]):
        assert_uniform(first[..., attribute], set(VALUES[attribute]))
        assert_uniform(second[..., attribute], {*VALUES[attribute], "*"})
        # The same at each of the eight pairs, not only on average.
        assert_uniform(second[:, 7, attribute], {*VALUES[attribute], "*"})


@pytest.mark.parametrize("name", WITH_PAIRS)
def test_attributes_of_a_card_are_independent(name):
    game = registry.get(name)
    queries = game.sample(np.random.default_rng(3), 5_000)
    stride = 3 if name == "symdiff_27" else 2
    assert_uniform(queries[:, 1::stride], range(1, game.deck.num_cards + 1))


def test_operators_are_uniform_and_independent():
    game = registry.get("symdiff_27")
    queries = game.sample(np.random.default_rng(4), 20_000)
    drawn = [
        "".join(game.spec.vocabulary[symbol] for symbol in q[2::3]) for q in queries
    ]
    assert_uniform(drawn, set(map("".join, itertools.product("|^", repeat=7))))


@pytest.mark.parametrize("game", [registry.get("symdiff_27"), TINY])
def test_no_empty_subset_is_drawn(game):
    queries = game.sample(np.random.default_rng(5), 1_000)
    assert all(matching_keys(game.format(query)) for query in queries)


def test_queries_stay_uniform_where_empty_ones_are_left_out():
    queries = TINY.sample(np.random.default_rng(6), 10_000)
    drawn = [TINY.format(query) for query in queries]
    assert_uniform(drawn, {text for text in tiny_texts() if matching_keys(text)})


@pytest.mark.parametrize("name", NAMES)
def test_sampling_is_determined_by_the_generator(name):
    game = registry.get(name)
    first, again, other = (
        game.sample(np.random.default_rng(seed), 50) for seed in (8, 8, 9)
    )
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()

"""Pairs that are left out and replaced, against scorers known on paper."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.explaining import attributions
from set_contrastive.explaining.attributions import Attributor
from set_contrastive.models import query_encoder
from tests.explaining import planted


@pytest.mark.parametrize("game", ["union_27", "symdiff_27"])
def test_of_a_sum_over_the_symbols_all_methods_find_the_terms(game):
    model, weights = planted.linear(game)
    queries, keys = planted.draw(game, 3)
    found = Attributor(planted.subject(model, game), "score")(queries, keys)
    embedded = query_encoder.symbols_of(model)(queries).numpy()
    terms = np.einsum("ntd,nd->nt", embedded, weights.T[keys])
    stride = 2 if game == "union_27" else 3
    operators = np.zeros((3, 1)) if stride == 3 else np.zeros((3, 0))
    blocks = np.concatenate([operators, terms], axis=1).reshape(3, 8, stride)
    by_pair = blocks.sum(axis=2)
    for method in (attributions.TIMES_INPUT, attributions.INTEGRATED):
        np.testing.assert_allclose(found.by_pair[method], by_pair, atol=1e-4)
    # With the first pair goes the operator of the second.
    expected = by_pair.copy()
    expected[:, 0] += blocks[:, 1, 0] * (stride == 3)
    np.testing.assert_allclose(
        found.by_pair[attributions.LEFT_OUT], expected, atol=1e-4
    )
    if game == "union_27":
        others = (by_pair.sum(axis=1, keepdims=True) - by_pair) / 7
        np.testing.assert_allclose(
            found.by_pair[attributions.REPLACED], by_pair - others, atol=1e-4
        )
    else:
        assert attributions.REPLACED not in found.by_pair


def test_numbers_of_shatter_are_left_out_one_by_one():
    model, weights = planted.linear("shatter_27")
    queries, keys = planted.draw("shatter_27", 2)
    found = Attributor(planted.subject(model, "shatter_27"), "score")(queries, keys)
    embedded = query_encoder.symbols_of(model)(queries).numpy()
    terms = np.einsum("ntd,nd->nt", embedded, weights.T[keys])
    padding = embedded[:, -1] @ weights  # A place that is freed is padded.
    expected = terms - padding[np.arange(2), keys][:, None]
    left_out = found.by_pair[attributions.LEFT_OUT]
    np.testing.assert_allclose(left_out, expected, atol=1e-4)


def test_of_one_pair_nothing_is_left_out():
    model, _ = planted.linear("set_27")
    found = Attributor(planted.subject(model, "set_27"), "score")(
        *planted.draw("set_27", 2)
    )
    assert list(found.by_pair) == [attributions.TIMES_INPUT, attributions.INTEGRATED]


@pytest.mark.parametrize("game", ["set_27", "wildcard_27", "shatter_27"])
def test_of_one_part_without_gradients_it_is_told_who_has_them(game):
    model, _ = planted.linear(game)
    subject = planted.subject(model, game)
    queries, keys = planted.draw(game, 1)
    if game == "shatter_27":
        queries[:, 1:] = 0  # One number.
    attribute = Attributor(subject, "score", with_gradients=False)
    said = f"one part has nothing to leave out, got {game}; .*explain has gradients"
    with pytest.raises(UserError, match=said):
        attribute(queries, keys)


def test_without_gradients_pairs_are_replaced_in_union_games_alone():
    scorer = planted.told_by_the_game()
    queries, keys = planted.draw("union_27", 20)
    found = Attributor(scorer, "score")(queries, keys)
    assert list(found.by_pair) == [attributions.REPLACED] and not found.by_part
    thirds = scorer.game.deck.third_card(queries[:, ::2], queries[:, 1::2])
    covers = scorer.game.deck.covered_keys[thirds, keys[:, None]].astype(float)
    others = (covers.sum(axis=1, keepdims=True) - covers) / 7
    np.testing.assert_allclose(
        found.by_pair[attributions.REPLACED], covers - others, atol=1e-6
    )
    symdiff = planted.told_by_the_game(game="symdiff_27")
    with pytest.raises(UserError, match="union games only, got symdiff_27"):
        Attributor(symdiff, "score")(*planted.draw("symdiff_27", 1))

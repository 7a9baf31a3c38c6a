"""Gradients against closed forms and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.explaining.gradients import Gradients
from set_contrastive.models import query_encoder
from tests.explaining import planted

FAMILIES = ("two_tower", "cross_encoder", "classifier", "late_interaction")


def parts_of(model, queries):
    """Returns `[n, T, C, d]` and the mean over the symbols, `[C, d]`."""
    table = query_encoder.symbols_of(model).parts()
    return table[queries].astype(np.float64), table[1:].mean(axis=0)


def test_the_parts_of_a_symbol_add_up_to_its_embedding():
    for game in ("union_27", "shatter_27"):
        model, _ = planted.linear(game)
        symbols = query_encoder.symbols_of(model)
        everything = np.arange(len(symbols.spec.vocabulary), dtype=np.int32)
        np.testing.assert_allclose(
            symbols.parts().sum(axis=1), symbols(everything), atol=1e-6
        )


@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_both_methods_of_a_linear_scorer_are_its_terms(baseline):
    model, weights = planted.linear()
    queries, keys = planted.draw("union_27", 4)
    parts, mean = parts_of(model, queries)
    base = mean * (baseline == "mean")
    of_key = weights.T[keys]
    gradients = Gradients(model, "score", baseline)
    np.testing.assert_allclose(
        gradients.times_input(queries, keys),
        np.einsum("nd,ntcd->ntc", of_key, parts),
        atol=1e-5,
    )
    found = gradients.integrated(queries, keys)
    expected = np.einsum("nd,ntcd->ntc", of_key, parts - base)
    np.testing.assert_allclose(found.values, expected, atol=1e-5)
    np.testing.assert_allclose(found.difference, expected.sum((1, 2)), atol=1e-4)
    assert found.complete.all() and (found.points == 32).all()


def test_integrated_gradients_of_a_square():
    # F = s^2 with s = <w, sum e>: the integral of 2 a s is s, in place of 2 s at e.
    model, weights = planted.linear(power=2)
    queries, keys = planted.draw("union_27", 4)
    parts, _ = parts_of(model, queries)
    terms = np.einsum("nd,ntcd->ntc", weights.T[keys], parts)
    total = terms.sum((1, 2))[:, None, None]
    gradients = Gradients(model, "score")
    np.testing.assert_allclose(
        gradients.integrated(queries, keys).values, total * terms, atol=1e-4
    )
    np.testing.assert_allclose(
        gradients.times_input(queries, keys), 2 * total * terms, atol=1e-4
    )


@pytest.mark.parametrize("merge_blocks", [True, False])
@pytest.mark.parametrize(
    ("family", "fields"),
    [
        *((family, {}) for family in FAMILIES),
        ("two_tower", {"readouts": "keys", "query_vector": "solved"}),
    ],
)
def test_gradients_of_models_against_finite_differences(family, fields, merge_blocks):
    game = "symdiff_27" if merge_blocks else "union_27"
    model = planted.small(family, game, merge_blocks=merge_blocks, **fields)
    (query,), (key,) = planted.draw(game, 1)
    embedded = query_encoder.symbols_of(model)(query[None]).numpy()
    scorer = query_encoder.from_embedded(model)

    def scores(states):
        repeated = tf.repeat(query[None], len(states), axis=0)
        return scorer([repeated, tf.constant(states)]).numpy().astype(np.float64)

    np.testing.assert_allclose(
        scores(embedded), model({"query": query[None]}), atol=1e-6
    )
    parts, _ = parts_of(model, query)
    step = 2e-3
    moved = np.zeros((2, *parts.shape[:2], *embedded.shape[1:]), np.float32) + embedded
    for t, c in np.ndindex(*parts.shape[:2]):
        moved[0, t, c, t] += step * parts[t, c]
        moved[1, t, c, t] -= step * parts[t, c]
    number = scores(moved.reshape(-1, *embedded.shape[1:]))
    for explained, shifted in (
        ("score", number[:, key]),
        ("log_probability", number[:, key] - np.log(np.exp(number).sum(axis=1))),
    ):
        up, down = shifted.reshape(2, *parts.shape[:2])
        found = Gradients(model, explained).times_input(query[None], np.array([key]))
        error = np.abs(found[0] - (up - down) / (2 * step))
        # A relu may bend between the two points, for few of the parts.
        assert np.quantile(error, 0.9) < 1e-3
        assert error.max() < 0.1 * np.abs(found).max()


@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_integrated_gradients_of_a_model_add_up(baseline):
    model = planted.small("two_tower", merge_blocks=True)
    queries, keys = planted.draw("union_27", 3)
    found = Gradients(model, "score", baseline, 1e-2).integrated(queries, keys)
    scores = model({"query": queries}).numpy()[np.arange(3), keys]
    # The baseline by hand: the same embedding in place of each symbol's.
    _, mean = parts_of(model, queries)
    base = mean.sum(axis=0) * (baseline == "mean")
    states = np.zeros((*queries.shape, 8), np.float32) + base.astype(np.float32)
    scorer = query_encoder.from_embedded(model)
    starts = scorer([queries, states]).numpy()[np.arange(3), keys]
    np.testing.assert_allclose(found.difference, scores - starts, atol=1e-5)
    assert found.complete.all()
    assert (np.abs(found.error) <= 1e-2 * np.maximum(1, abs(scores - starts))).all()


def test_what_does_not_add_up_is_told():
    model = planted.small("two_tower")
    queries, keys = planted.draw("union_27", 1)
    found = Gradients(model, "score", tolerance=1e-12).integrated(queries, keys)
    assert not found.complete.any() and found.points.tolist() == [512]


def test_a_scorer_whose_symbols_are_elsewhere_is_refused():
    query = keras.Input((None,), dtype="int32", name="query")
    total = keras.layers.Embedding(9, 3)(query)
    model = keras.Model({"query": query}, keras.ops.sum(total, axis=1))
    with pytest.raises(ValueError, match="has no embedding of symbols"):
        Gradients(model, "score")

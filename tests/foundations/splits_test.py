"""Guards against mistakes made on purpose, and a run with each mistake."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.foundations import splits
from set_contrastive.foundations.pitfalls import guards
from set_contrastive.foundations.pitfalls import runs
from set_contrastive.games import splits as game_splits


@pytest.fixture(scope="module")
def split():
    game = runs.game(2)
    queries = game_splits.draw_queries(game, 300, seed=5)
    return runs.answered(game, queries)


def test_a_query_in_both_splits_is_found():
    train = np.arange(12, dtype=np.int32).reshape(4, 3)
    guards.check_disjoint(train, train + 100)
    with pytest.raises(UserError, match="got 1 of 2"):
        guards.check_disjoint(train, np.array([[3, 4, 5], [3, 5, 4]], np.int32))


def test_an_order_is_told_from_chance():
    rng = np.random.default_rng(0)
    values = rng.integers(1, 20, 640)
    ratios = [guards.spread_ratio(rng.permutation(values), 32) for _ in range(400)]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.05)
    assert max(ratios) < 3.0
    guards.check_shuffled(values, 32)
    with pytest.raises(UserError, match=r"vary \d\d times as much as by chance"):
        guards.check_shuffled(np.sort(values), 32)


@pytest.mark.parametrize("batches", [2, 3, 10])
def test_a_random_order_is_refused_once_in_ten_thousand(batches):
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(3_000):
        try:
            guards.check_shuffled(rng.normal(size=32 * batches), 32)
        except UserError:
            refused += 1
    # 0.3 on average; a largest ratio of 3 for all would refuse 250, 149 and 4.
    assert refused <= 4


def test_one_batch_says_nothing_of_the_order():
    with pytest.raises(UserError, match="must fill at least 2 batches of 64, got 100"):
        guards.check_shuffled(np.arange(100.0), 64)


def test_means_of_batches_are_weighed_by_size():
    values = np.random.default_rng(0).normal(size=1030)
    parts = np.split(values, range(256, 1030, 256))
    means, sizes = [part.mean() for part in parts], [len(part) for part in parts]
    assert sizes == [256, 256, 256, 256, 6]
    assert guards.mean_over_batches(means, sizes) == pytest.approx(values.mean())
    assert np.mean(means) != pytest.approx(values.mean(), rel=1e-3)
    for wrong in ([], [256] * 4, [256, 256, 256, 256, 0]):
        with pytest.raises(UserError, match="sizes must have a number"):
            guards.mean_over_batches(means, wrong)


def test_gradients_that_add_up_are_found(split):
    model = runs.train(runs.game(2), runs.InOrder(split), 1, 8, 0)
    guards.check_fresh(lambda: runs.gradients(model, split))
    with pytest.raises(UserError, match="a second one that differs by 100%"):
        guards.check_fresh(runs.Adding(model, split))


def test_sorted_queries_keep_their_keys(split):
    ordered = runs.sorted_by_size(split)
    sizes = ordered.key_mask.sum(axis=1)
    assert (np.diff(sizes) >= 0).all() and sizes[0] < sizes[-1]
    np.testing.assert_array_equal(
        runs.game(2).answer(ordered.queries), ordered.key_mask
    )
    assert {q.tobytes() for q in ordered.queries} == {
        q.tobytes() for q in split.queries
    }


def test_in_order_draws_all_queries_epoch_after_epoch(split):
    source = runs.InOrder(split)
    queries, masks = source.draw(7, 2, 3, 64)  # Places 128 to 319 of 300.
    expected = [*range(128, 300), *range(20)]
    np.testing.assert_array_equal(queries, split.queries[expected])
    np.testing.assert_array_equal(masks, split.key_mask[expected])


def test_gradients_are_summed_before_a_step():
    class Notes:
        seen = []

        def apply(self, gradients, variables):
            self.seen.append([float(g) for g in gradients])

    class Weight:
        shape = ()

    optimizer = runs.NotReset(Notes(), [Weight()])
    for gradient in (1.0, 2.0, -5.0):
        optimizer.apply([gradient], [None])
    assert Notes.seen == [[1.0], [3.0], [-2.0]]


def test_each_mistake_has_the_effect_that_is_told():
    options = splits.Options(train_size=1024, test_size=520, steps=200, batch_size=32)
    rows = {row["mistake"]: row for row in splits._rows(options)}
    assert len(rows) == 5
    kl = rows["evaluated on training data"]
    assert kl["wrong"] < kl["right"]
    assert "got 1024 of 1024" in kl["guard"]
    assert rows["gradients not reset"]["wrong"] > kl["right"]
    assert "differs by 100%" in rows["gradients not reset"]["guard"]
    assert "by chance" in rows["not shuffled"]["guard"]
    mean = rows["mean of batch means"]
    assert mean["right"] == pytest.approx(kl["right"], rel=1e-6)
    assert mean["wrong"] != pytest.approx(mean["right"], rel=1e-4)

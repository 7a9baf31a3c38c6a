"""Batches as a pure function of seed and step."""

import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.data import input_pipeline
from set_contrastive.data.input_pipeline import Phase
from set_contrastive.data.input_pipeline import PreparedQueries
from set_contrastive.data.prepared_data import Split
from tests.data.numbered_batches import BATCH_SIZE
from tests.data.numbered_batches import FRESH
from tests.data.numbered_batches import GAME
from tests.data.numbered_batches import NUM_QUERIES
from tests.data.numbered_batches import PREPARED
from tests.data.numbered_batches import elements
from tests.data.numbered_batches import joined
from tests.data.numbered_batches import numbered_split
from tests.uniform_draws import assert_uniform


def curriculum_phase():
    """The second phase of a curriculum; it starts and ends within a block of 16."""
    return input_pipeline.phases(((1, 21), (2, 24), (8, None)), 60, GAME, PREPARED)[1]


def assert_same(found, expected):
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        assert set(mine) == set(theirs) == {"query", "key_mask", "key"}
        for name, values in mine.items():
            np.testing.assert_array_equal(values, theirs[name], err_msg=name)


# A batch depends on the seed and the step only.


@pytest.mark.parametrize(
    ("phase", "starts"),
    [
        (Phase(PREPARED, 0, 40), [1, 15, 16, 17, 32, 39]),
        (Phase(FRESH, 0, 40), [1, 15, 16, 17, 32, 39]),
        (curriculum_phase(), [22, 31, 32, 33, 44]),
    ],
    ids=["prepared", "fresh", "curriculum"],
)
def test_starting_anywhere_gives_the_same_batches(phase, starts):
    whole = elements(phase)
    assert len(whole) == phase.end_step - phase.first_step
    for start in starts:
        assert_same(elements(phase, start), whole[start - phase.first_step :])


@pytest.mark.parametrize("source", [PREPARED, FRESH], ids=["prepared", "fresh"])
def test_a_phase_boundary_does_not_change_a_batch(source):
    whole = elements(Phase(source, 0, 40))
    parts = [Phase(source, 0, 5), Phase(source, 5, 21), Phase(source, 21, 40)]
    assert_same([batch for part in parts for batch in elements(part)], whole)


@pytest.mark.parametrize("source", [PREPARED, FRESH], ids=["prepared", "fresh"])
def test_steps_and_seeds_give_other_batches(source):
    batches = elements(Phase(source, 0, 33))
    queries = {batch["query"].tobytes() for batch in batches}
    keys = {batch["key"].tobytes() for batch in batches}
    assert len(queries) == len(keys) == 33
    other = elements(Phase(source, 0, 33), seed=1)
    assert queries.isdisjoint(batch["query"].tobytes() for batch in other)


def test_a_finished_phase_has_no_more_batches():
    assert elements(Phase(PREPARED, 0, 20), 20) == []


@pytest.mark.parametrize(
    ("source", "query_length"), [(PREPARED, 1), (FRESH, 16)], ids=["prepared", "fresh"]
)
def test_shapes_and_types(source, query_length):
    (batch,) = elements(Phase(source, 3, 4))
    assert (batch["query"].dtype, batch["query"].shape) == (np.int32, (8, query_length))
    assert (batch["key_mask"].dtype, batch["key_mask"].shape) == (np.bool_, (8, 27))
    assert (batch["key"].dtype, batch["key"].shape) == (np.int32, (8,))


# Queries and keys.


def test_an_epoch_visits_each_query_once():
    # 25 batches of 8 are four epochs of 50.
    found = joined(elements(Phase(PREPARED, 0, 25)))
    epochs = found["query"].reshape(4, NUM_QUERIES)
    for epoch in epochs:
        assert sorted(epoch.tolist()) == list(range(NUM_QUERIES))
    assert len({tuple(epoch) for epoch in epochs.tolist()}) == 4


def test_a_batch_may_be_larger_than_the_split():
    found = joined(elements(Phase(PREPARED, 0, 2), batch_size=125))
    counts = np.bincount(found["query"][:, 0], minlength=NUM_QUERIES)
    assert counts.tolist() == [5] * NUM_QUERIES


def test_masks_stay_with_their_queries():
    found = joined(elements(Phase(PREPARED, 0, 20)))
    expected = numbered_split().key_mask[found["query"][:, 0]]
    np.testing.assert_array_equal(found["key_mask"], expected)


def test_fresh_queries_are_answered_and_do_not_repeat():
    found = joined(elements(Phase(FRESH, 0, 40)))
    np.testing.assert_array_equal(found["key_mask"], GAME.answer(found["query"]))
    assert len(np.unique(found["query"], axis=0)) == 40 * BATCH_SIZE


@pytest.mark.parametrize("source", [PREPARED, FRESH], ids=["prepared", "fresh"])
def test_keys_match_their_queries(source):
    found = joined(elements(Phase(source, 0, 40)))
    assert found["key_mask"][np.arange(40 * BATCH_SIZE), found["key"]].all()


def test_keys_are_uniform_over_the_matching_ones():
    key_mask = np.zeros((1, 27), np.bool_)
    key_mask[0, [0, 3, 4, 20, 26]] = True
    source = PreparedQueries(Split(np.ones((1, 1), np.int32), key_mask))
    found = joined(elements(Phase(source, 0, 40), batch_size=250))
    assert_uniform(found["key"], [0, 3, 4, 20, 26])


def test_keys_are_drawn_anew_in_each_step():
    # The same query in every row, so that only the draws can differ.
    source = PreparedQueries(Split(np.ones((1, 1), np.int32), np.ones((1, 27), bool)))
    batches = elements(Phase(source, 0, 33))
    assert len({batch["key"].tobytes() for batch in batches}) == 33
    other = elements(Phase(source, 0, 33), seed=1)
    assert batches[0]["key"].tolist() != other[0]["key"].tolist()


def test_a_key_is_drawn_for_each_row_of_its_own():
    # Row r matches the keys 0 to r only.
    keys = np.stack(
        [
            input_pipeline.draw_keys(np.random.default_rng(seed), np.tri(5, dtype=bool))
            for seed in range(2_000)
        ]
    )
    for row in range(5):
        assert_uniform(keys[:, row], range(row + 1))


# Replicas and pipelines.


@pytest.mark.parametrize(
    ("replicas", "pipelines"), [(2, 1), (2, 2), (4, 1), (4, 2), (8, 4)]
)
def test_shares_of_all_replicas_make_the_batch(replicas, pipelines):
    # The start lies within a block, the end in another one.
    phase, start = Phase(FRESH, 0, 20), 13
    per_step = replicas // pipelines
    shares = [
        elements(
            phase,
            start,
            replicas=replicas,
            context=tf.distribute.InputContext(pipelines, pipeline, replicas),
        )
        for pipeline in range(pipelines)
    ]
    assert [len(share) for share in shares] == [7 * per_step] * pipelines
    assert shares[0][0]["query"].shape == (BATCH_SIZE // replicas, 16)
    steps = [
        joined(
            [
                share
                for mine in shares
                for share in mine[step * per_step : (step + 1) * per_step]
            ]
        )
        for step in range(7)
    ]
    assert_same(steps, elements(phase, start))

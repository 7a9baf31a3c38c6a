import numpy as np
import pytest

from set_contrastive.advisor import best


@pytest.mark.parametrize("order", ["any", "rising", "falling"])
@pytest.mark.parametrize("depth", [1, 7, 200])
def test_best_are_those_of_a_sort(order, depth):
    scores = np.random.default_rng(0).normal(size=(5, 200)).astype(np.float32)
    if order != "any":
        scores = np.sort(scores)
    if order == "falling":
        scores = scores[:, ::-1]
    found = best.Best(5, depth)
    for start in range(0, 200, 30):
        found.add(scores[:, start : start + 30], start)
    values, documents = found.ranked()
    expected = np.argsort(-scores, axis=1)[:, :depth]
    np.testing.assert_array_equal(documents, expected)
    np.testing.assert_array_equal(values, np.take_along_axis(scores, expected, 1))


def test_equal_scores_are_in_order_of_documents():
    found = best.Best(1, 6)
    for start in (0, 2, 4):
        found.add(np.ones((1, 2), np.float32), start)
    assert found.ranked()[1].tolist() == [[0, 1, 2, 3, 4, 5]]


def test_queries_of_one_block_take_up_different_numbers_of_documents():
    found = best.Best(2, 2)
    found.add(np.array([[1, 2], [8, 9]], np.float32), 0)
    found.add(np.array([[3, 0, 4], [8.5, 0, 0]], np.float32), 2)
    assert found.ranked()[1].tolist() == [[4, 2], [1, 2]]

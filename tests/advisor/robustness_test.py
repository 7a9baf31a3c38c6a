import itertools

import numpy as np

from set_contrastive.advisor import existence
from set_contrastive.advisor import relation
from set_contrastive.advisor import retrieval
from set_contrastive.advisor import robustness
from set_contrastive.advisor.existence import Witness
from tests.advisor.relations import judged

MASK = np.array([[True, False], [False, True]])


def test_casts_by_hand():
    vectors = np.array([[0.0, -1.0], [1.0, 3.0], [0.1234567, 0.5]])
    int8 = robustness.cast(vectors, "int8")
    steps = np.round(np.array([0.1234567 * 255, 1.5 / 4 * 255])) / 255
    np.testing.assert_allclose(int8[2], [steps[0], -1 + 4 * steps[1]], atol=1e-6)
    np.testing.assert_allclose(int8[:2], vectors[:2], atol=1e-6)
    binary = robustness.cast(vectors, "binary")
    assert binary.tolist() == [[-1, -1], [1, 1], [-1, -1]]
    assert robustness.cast(vectors, "float16")[2, 0] == np.float16(0.1234567)
    # bfloat16 has 8 bits: 0.1234567 lies between 126 and 127 / 1024.
    assert robustness.cast(vectors, "bfloat16")[2, 0] in (126 / 1024, 126.5 / 1024)


def test_a_gap_below_the_precision_is_lost():
    angle = 1e-3  # Less than a step of bfloat16 near 1, more than one near 0.
    documents = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]])
    queries = np.array([[1.0, -1.0], [1.0, 1.0]])
    witness = Witness("by hand", queries, documents)
    for precision in ("float32", "float16", "bfloat16"):
        recall, gap = robustness.survives(witness, precision, MASK)
        assert recall == 1
        assert gap > 0
    # The difference lies in the second digit of a number near 1 alone.
    documents = np.array([[1.0, 0.5], [1.0, 0.5002]])
    recall, gap = robustness.survives(
        Witness("by hand", np.array([[0.0, -1.0], [0.0, 1.0]]), documents),
        "bfloat16",
        MASK,
    )
    assert recall == 0
    assert gap == 0


def test_limit_in_4_dimensions_is_exact_in_float32_alone():
    pairs = list(itertools.combinations(range(46), 2))
    reduced = relation.reduce(judged(pairs))
    witness = existence.of_reduced(reduced).witness
    assert witness.dim == 4
    recalls = {
        name: robustness.survives(witness, name, reduced.mask())[0]
        for name in robustness.PRECISIONS
    }
    assert recalls["float32"] == 1
    assert 0.93 < recalls["float16"] < 0.99  # 0.96 of a run in plain NumPy.
    assert recalls["int8"] < recalls["float16"]
    assert recalls["binary"] < 0.1


def test_recall_counts_ties_as_lost():
    scores = np.array([[1.0, 1.0, 0.0], [2.0, 1.0, 0.0]])
    mask = np.array([[True, False, False], [True, True, False]])
    assert retrieval.recall(scores, mask, np.array([1, 1])) == 0.5
    assert retrieval.share(scores, mask, np.array([1, 3])) == 0.75
    assert retrieval.gaps(scores, mask).tolist() == [0, 1]

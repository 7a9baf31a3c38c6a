"""Tests of the tables' measures against scipy and numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from scipy import stats

from set_contrastive.theory.joints import known
from set_contrastive.theory.joints import measures
from set_contrastive.theory.joints.joint import Joint

_NAMES = ("independent", "dependent", "two_dice")


def _kl(p, q):
    return float(special.rel_entr(p, q).sum())


@pytest.mark.parametrize("name", _NAMES)
@given(seed=st.integers(0, 99), shift=st.sampled_from([0.0, -900.0, 900.0]))
def test_kl_is_that_of_scipy(name, seed, shift):
    joint = known.get(name)
    m = np.random.default_rng(seed).normal(size=joint.p.shape)
    f = special.softmax(m)
    np.testing.assert_allclose(measures.normalized(m + shift), f, rtol=1e-9)
    assert measures.kl_to_joint(joint, m + shift) == pytest.approx(_kl(joint.p, f))
    weighted = f * joint.independent
    weighted /= weighted.sum()
    assert measures.kl_to_ratio(joint, m + shift) == pytest.approx(
        _kl(joint.p, weighted)
    )


def test_a_table_without_differences_by_hand():
    joint = Joint("coin", np.array([[0.5, 0.0], [0.0, 0.5]]), (0, 1), (0, 1))
    m = np.zeros((2, 2))
    # Two of four alike cells hold all of p: log(4) - log(2).
    assert measures.kl_to_joint(joint, m) == pytest.approx(math.log(2))
    # Both cells that occur are alone in their component.
    assert measures.within_components(joint, m) == 0
    assert measures.pmi_correlation(joint, m) is None
    assert measures.pmi_distance(joint, m) == 0


@pytest.mark.parametrize("name", _NAMES)
def test_the_ratio_times_any_factor_is_the_ratio(name):
    joint = known.get(name)
    m = np.where(joint.p > 0, joint.pmi, -700.0) + 5.0
    assert measures.kl_to_ratio(joint, m) == pytest.approx(0, abs=1e-12)
    assert measures.pmi_distance(joint, m) == pytest.approx(0, abs=1e-12)
    correlation = measures.pmi_correlation(joint, m)
    if name == "independent":
        assert correlation is None
    else:
        assert correlation == pytest.approx(1)


def test_a_factor_of_a_component_costs_between_components_only():
    joint = known.get("two_dice")
    exact = np.where(joint.p > 0, np.log(np.where(joint.p > 0, joint.p, 1)), -800.0)
    m = exact + math.log(7) * (joint.components == 0)
    assert measures.within_components(joint, m) == pytest.approx(0, abs=1e-12)
    # The component of two ones has 7 / 36 of 42 / 36 in place of 1 / 36.
    expected = _kl(np.array([1, 35]) / 36, np.array([7, 35]) / 42)
    assert measures.kl_to_joint(joint, m) == pytest.approx(expected)
    assert measures.pmi_distance(
        joint, np.where(joint.p > 0, joint.pmi, 0) + 2.0 * (joint.components == 0)
    ) == pytest.approx(0, abs=1e-12)


@given(seed=st.integers(0, 99))
def test_distance_and_correlation_are_those_of_scipy(seed):
    joint = known.get("dependent")
    m = np.random.default_rng(seed).normal(size=joint.p.shape)
    expected = stats.pearsonr(m.ravel(), joint.pmi.ravel()).statistic
    assert measures.pmi_correlation(joint, m) == pytest.approx(expected)
    difference = (m - joint.pmi).ravel()
    spread = np.sqrt(np.cov(difference, aweights=joint.p.ravel(), ddof=0))
    assert measures.pmi_distance(joint, m) == pytest.approx(float(spread))


@pytest.mark.parametrize("name", _NAMES)
def test_within_is_the_chain_rule_of_kl(name):
    joint = known.get(name)
    m = np.random.default_rng(1).normal(size=joint.p.shape)
    cells = joint.components >= 0
    f = np.where(cells, np.exp(m), 0)
    f /= f.sum()
    numbers = range(joint.num_components)
    masses = [
        np.array([table[joint.components == number].sum() for number in numbers])
        for table in (joint.p, f)
    ]
    expected = _kl(joint.p, f) - _kl(*masses)
    assert measures.within_components(joint, m) == pytest.approx(expected)

"""Tests of agreement, by loops over pairs and by vectors of known origin."""

import itertools

import numpy as np
import pytest
from scipy import sparse

from set_contrastive.advisor import agreement

_RNG = np.random.default_rng(0)
# Each of 60 owners has 3 of 20 things; vectors follow from what they have.
_OWNED = np.argsort(_RNG.random((60, 20)), axis=1) < 3
_GOOD = _OWNED @ _RNG.standard_normal((20, 384)) + _RNG.standard_normal((60, 384))


def _of(vectors, owned=_OWNED):
    return agreement.of_side(vectors, sparse.csr_array(owned))


def test_related_vectors_are_those_that_own_something_in_common():
    centred = _GOOD - _GOOD.mean(axis=0)
    related, others = [], []
    for i, j in itertools.combinations(range(60), 2):
        lengths = np.linalg.norm(centred[i]) * np.linalg.norm(centred[j])
        cosine = centred[i] @ centred[j] / lengths
        (related if (_OWNED[i] & _OWNED[j]).any() else others).append(cosine)
    found = _of(_GOOD)
    assert found.related == pytest.approx(np.mean(related), abs=1e-5)
    assert found.any_pair == pytest.approx(np.mean(related + others), abs=1e-5)
    assert found.nearer_by == pytest.approx(found.related - found.any_pair)
    assert found.p == 0.001


def test_vectors_dealt_out_at_random_do_not_agree():
    # However many dimensions there are: p is uniform, and here it is seldom small.
    ps = [_of(_RNG.permutation(_GOOD)).p for _ in range(10)]
    assert np.mean(np.array(ps) > 0.01) >= 0.9
    assert 0.2 < np.mean(ps) < 0.8


@pytest.mark.parametrize("share", [0, 1])
def test_nothing_is_told_where_none_or_most_are_related(share):
    owned = np.eye(60, dtype=bool) if share == 0 else np.ones((60, 2), bool)
    assert _of(_GOOD, owned) is None


def test_of_many_pairs_some_are_drawn(monkeypatch):
    whole = _of(_GOOD)
    monkeypatch.setattr(agreement, "_MOST_PAIRS", 300)
    found = _of(_GOOD)
    assert found != whole
    assert found.related == pytest.approx(whole.related, abs=0.05)
    assert found.p == 0.001

import numpy as np
import pytest
from scipy import stats

from set_contrastive.advisor import bootstrap
from set_contrastive.base.errors import UserError


def test_interval_is_that_of_scipy():
    values = np.random.default_rng(0).beta(0.5, 0.5, 300)
    expected = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    low, high = bootstrap.interval(values, resamples=20_000)
    width = expected.high - expected.low
    assert low == pytest.approx(expected.low, abs=0.03 * width)
    assert high == pytest.approx(expected.high, abs=0.03 * width)


def test_interval_has_its_level():
    values = np.random.default_rng(0).normal(size=200)
    low, high = bootstrap.interval(values, level=0.5)
    half = stats.norm.ppf(0.75) * values.std() / np.sqrt(200)
    assert low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_few_queries_have_every_resample():
    low, high = bootstrap.interval([0.0, 1.0], level=0.2)
    # Means 0, 1/2, 1 have probabilities 1/4, 1/2, 1/4.
    assert (low, high) == (0.5, 0.5)
    assert bootstrap.interval([0.0, 1.0]) == (0.0, 1.0)


def test_interval_covers_the_truth():
    rng = np.random.default_rng(5)
    covered = 0
    for seed in range(200):
        low, high = bootstrap.interval(rng.random(100), seed, resamples=500)
        covered += low <= 0.5 <= high
    assert 0.90 <= covered / 200 <= 0.99


def test_many_queries_are_drawn_in_shares(monkeypatch):
    values = np.random.default_rng(0).random(50)
    whole = bootstrap.interval(values, resamples=4000)
    monkeypatch.setattr(bootstrap, "_BLOCK", 999)
    shares = bootstrap.interval(values, resamples=4000)
    assert shares == pytest.approx(whole, abs=0.01)


def test_rows_have_the_intervals_that_each_has_alone(monkeypatch):
    values = np.random.default_rng(0).random((5, 50))
    alone = [bootstrap.interval(row, resamples=300) for row in values]
    assert np.allclose(bootstrap.intervals(values, resamples=300), alone, atol=1e-12)

    drawn = []
    counts = bootstrap._counts
    monkeypatch.setattr(bootstrap, "_BLOCK", 999)  # More drawings than one share.
    alone = [bootstrap.interval(row, resamples=300) for row in values]
    monkeypatch.setattr(
        bootstrap, "_counts", lambda *share: drawn.append(share) or counts(*share)
    )
    assert np.allclose(bootstrap.intervals(values, resamples=300), alone, atol=1e-12)
    assert len(drawn) == len(set(drawn)) == 16  # Once each, whatever the rows.


def test_the_numbers_are_those_of_before():
    values = np.random.default_rng(0).random(6000)
    assert bootstrap.interval(values) == pytest.approx(
        (0.49122031459357746, 0.505723610046991), abs=1e-12
    )


def test_loss_is_paired():
    rng = np.random.default_rng(0)
    full = rng.random(500)
    other = full - 0.1
    assert bootstrap.loss_interval(full, other) == pytest.approx((0.1, 0.1, 0.1))
    mean, low, high = bootstrap.loss_interval(full, rng.permutation(full))
    assert low < mean < high
    assert mean == pytest.approx(0)


def test_same_seed_same_interval():
    values = np.random.default_rng(0).random(40)
    assert bootstrap.interval(values, 7) == bootstrap.interval(values, 7)
    assert bootstrap.interval(values, 7) != bootstrap.interval(values, 8)


def test_no_queries_are_refused():
    with pytest.raises(UserError, match="at least one query"):
        bootstrap.interval([])

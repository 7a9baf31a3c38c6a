"""Tests of what trained tables converge to, on short runs."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.theory.joints import known
from set_contrastive.theory.joints import limits
from set_contrastive.theory.joints import measures
from set_contrastive.theory.joints import sgd
from set_contrastive.theory.joints.table_objectives import OBJECTIVES


@pytest.fixture(scope="module")
def result():
    chosen = [known.get(name) for name in ("independent", "dependent", "two_dice")]
    return limits.measure(chosen, list(OBJECTIVES), sgd.SgdConfig(3000, seeds=2))


def _row(result, joint, objective):
    (row,) = [
        r for r in result.rows if (r["joint"], r["objective"]) == (joint, objective)
    ]
    return row


@pytest.mark.parametrize("joint", ["independent", "dependent"])
def test_likelihoods_go_to_the_joint_and_infonce_to_the_ratio(result, joint):
    for objective in ("likelihood", "pseudo_likelihood"):
        row = _row(result, joint, objective)
        assert row["kl_joint"] < 1e-4 and row["kl_ratio"] > 0.1
        assert row["kl_joint_limit"] == 0
        assert row["kl_ratio"] == pytest.approx(row["kl_ratio_limit"], rel=0.02)
    row = _row(result, joint, "infonce")
    assert row["kl_ratio"] < 1e-4 and row["kl_joint"] > 1e-3
    assert row["kl_ratio_limit"] == 0
    assert row["kl_joint"] == pytest.approx(row["kl_joint_limit"], rel=0.02)
    assert row["pmi_rms"] < 0.02


def test_limit_of_infonce_on_independent_is_the_distance_from_uniform(result):
    p = known.get("independent").p
    expected = np.log(p.size) + (p * np.log(p)).sum()
    row = _row(result, "independent", "infonce")
    assert row["kl_joint_limit"] == pytest.approx(expected)
    assert row["pmi_correlation"] is None
    assert _row(result, "dependent", "infonce")["pmi_correlation"] > 0.999


def test_dice_are_known_but_for_the_factor_of_their_components(result):
    row = _row(result, "two_dice", "pseudo_likelihood")
    assert row["components"] == 2
    assert row["kl_joint"] > 0.05 and row["kl_joint_within"] < 1e-3
    assert _row(result, "two_dice", "likelihood")["kl_joint"] < 1e-3
    row = _row(result, "two_dice", "infonce")
    assert row["kl_ratio"] > 0.01 and row["kl_ratio_within"] < 1e-3


def test_averaging_is_about_as_good_as_the_best_estimate():
    joint = known.get("independent")
    config = sgd.SgdConfig(4000, batch_size=100, seeds=8)
    tables = sgd.train(joint, "likelihood", config)
    kl = np.mean([measures.kl_to_joint(joint, m) for m in tables])
    # What counting the pairs of the averaged half would give, in the mean.
    best = (joint.p.size - 1) / 2 / (config.steps / 2 * config.batch_size)
    assert 0.4 * best < kl < 2.5 * best


def test_pairs_of_a_batch_of_two_suffice():
    joint = known.get("dependent")
    config = sgd.SgdConfig(30_000, batch_size=2, seeds=2)
    (m, _) = sgd.train(joint, "infonce", config)
    assert measures.kl_to_ratio(joint, m) < 0.02 < measures.kl_to_joint(joint, m)


def test_batches_are_functions_of_seed_and_step():
    joint = known.get("two_dice")
    long = sgd._batches(joint, sgd.SgdConfig(600, seeds=2))
    short = sgd._batches(joint, sgd.SgdConfig(501, seeds=1))
    steps = 0
    for mine, theirs in zip(short, long, strict=False):
        np.testing.assert_array_equal(mine[0], theirs[0])
        assert mine.sum() == 500 and not (mine[0] == theirs[1]).all()
        steps += 1
    assert steps == 501


def test_every_step_is_told():
    told = []
    sgd.train(known.get("two_dice"), "infonce", sgd.SgdConfig(1203), told.append)
    assert sum(told) == 1203


def test_result_goes_through_json(result, tmp_path):
    result.save(tmp_path)
    loaded = Result.load(tmp_path / "objective_limits.json")
    assert loaded.rows == result.rows
    shown = loaded.settings["joints"]["two_dice"]
    np.testing.assert_allclose(shown["p"], known.get("two_dice").p, rtol=1e-3)
    for f in shown["f"].values():
        assert np.sum(f) == pytest.approx(1, abs=1e-3)


def test_one_seed_has_no_spread():
    chosen = [known.get("independent")]
    (row,) = limits.measure(chosen, ["likelihood"], sgd.SgdConfig(10, seeds=1)).rows
    assert row["kl_joint_sd"] is None and row["seeds"] == 1


@pytest.mark.parametrize("name", ["steps", "batch_size", "seeds", "relative_rate"])
def test_bad_settings_are_refused(name):
    with pytest.raises(UserError, match=f"{name} must be .* got 0"):
        sgd.SgdConfig(**{name: 0})


def test_unknown_objectives_are_refused():
    with pytest.raises(UserError, match="objectives must be one of.*'infomax'"):
        limits.measure([known.get("independent")], ["infomax"], sgd.SgdConfig())
    with pytest.raises(UserError, match="at least one each, got 0 joints"):
        limits.measure([], ["infonce"], sgd.SgdConfig())

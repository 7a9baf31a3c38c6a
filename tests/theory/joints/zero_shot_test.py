"""Tests of trained scorers of a skewed game, on one pair of cards and few steps."""

import keras
import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.theory.joints import figures
from set_contrastive.theory.joints import skewed_game
from set_contrastive.theory.joints import zero_shot
from set_contrastive.theory.joints import zero_shot_config

# Tracing a step takes longer than many steps, the less of layers the better.
_MODEL = ModelConfig(
    "two_tower", d_model=32, d_ff=32, num_layers=1, num_readouts=2, merge_blocks=True
)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def result(told):
    config = zero_shot_config.ZeroShotConfig(
        pairs=1, steps=120, batch_size=128, seeds=2, model=_MODEL, test_queries=600
    )
    found = zero_shot.measure(config, told.append)
    assert sum(told) == config.total_steps == 480
    return found


def _rows(result, pairing="key_first"):
    return {row["scorer"]: row for row in result.rows if row["pairs_drawn"] == pairing}


def test_infonce_gains_what_it_lacks_from_the_marginal(result):
    rows = _rows(result)
    without, added = rows["infonce"], rows["infonce + log p(k)"]
    assert added["kl_nats"] < without["kl_nats"] - 0.1
    assert added["top1"] > without["top1"] + 0.1
    assert abs(added["kl_nats"] - rows["cross_entropy"]["kl_nats"]) < 0.3
    assert without["seeds"] == 2 and without["kl_nats_sd"] > 0


@pytest.mark.parametrize("pairing", ["key_first", "query_first"])
def test_exact_scorers_are_exact(result, pairing):
    rows = _rows(result, pairing)
    for name in ("conditional", "pmi + log p(k)"):
        assert rows[name]["kl_nats"] == pytest.approx(0, abs=1e-12)
        assert rows[name]["best_first"] == 1
        assert rows[name]["seeds"] is None and rows[name]["top1_sd"] is None
    assert rows["pmi"]["kl_nats"] > 0.01
    assert rows["pmi"]["top1"] < rows["conditional"]["top1"]
    assert rows["pmi"]["top_k_overlap"] == 1
    assert ("infonce" in rows) == (pairing == "key_first")


def test_pmi_loses_more_where_keys_are_drawn_first(result):
    first, last = (_rows(result, name)["pmi"] for name in ("key_first", "query_first"))
    assert first["best_first"] < last["best_first"]


def test_seeds_start_afresh():
    """After one step each seed is near its own start, and far from the other's."""
    config = zero_shot_config.ZeroShotConfig(
        pairs=1, steps=1, seeds=2, batch_size=64, model=_MODEL
    )
    game = registry.get("union_27").with_pairs(1)
    skewed = skewed_game.SkewedGame(
        game, skewed_game.zipf_weights(27, 1.0), "key_first"
    )
    queries = game.population()[:64]
    starts = []
    for seed in range(2):
        keras.utils.set_random_seed(seed)
        model = families.build(game.spec, _MODEL).all_keys_scorer
        starts.append(np.ravel(model({"query": queries})))
    found = zero_shot.train(skewed, "cross_entropy", config, queries)
    alike = np.corrcoef([*starts, *map(np.ravel, found)])[2:, :2]
    assert alike.diagonal().min() > 0.9
    assert max(alike[0, 1], alike[1, 0]) < 0.5


def test_figure_has_one_bar_for_each_scorer(result, tmp_path):
    result.save(tmp_path)
    loaded = Result.load(tmp_path / f"{result.name}.json")
    (figure,) = figures.figures(loaded)
    light = figure.render(dark=False)
    assert b"svg" in light and light != figure.render(dark=True)
    assert "2 seeds" in figure.caption


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pairs": 0}, "pairs must be at least 1, got 0"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"zipf": float("nan")}, "zipf must be at least 0 and finite, got nan"),
        ({"zipf": -0.5}, "zipf must be at least 0"),
    ],
)
def test_bad_settings_are_refused(fields, message):
    with pytest.raises(UserError, match=message):
        zero_shot_config.ZeroShotConfig(**fields)

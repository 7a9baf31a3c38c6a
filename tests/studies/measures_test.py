"""Measures that are read off a trained cell, on curves written by hand."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.studies import measures
from set_contrastive.studies.factors import Grid

_CURVE = [
    {"step": 100, "kl_nats": 0.5, "noise_scale": 10.0},
    {"step": 200, "kl_nats": 0.09},
    {"step": 300, "kl_nats": 0.01, "noise_scale": 300.0},
    {"step": 400, "kl_nats": 0.02, "noise_scale": 100.0},
]


def _of(name, curve=_CURVE, batch_size=64):
    factors = {"game": ("union_27",), "model": ("two_tower",)}
    (config,) = Grid({**factors, "batch_size": (batch_size,)}).experiments("", 0)
    return measures.get(name).of({"kl_nats": 0.25}, curve, config)


def test_measures_of_the_test_split_are_those_of_the_file():
    assert _of("kl_nats") == 0.25
    assert _of("top_k_overlap") is None


def test_steps_and_queries_until_a_kl_is_reached():
    assert _of("steps_to_kl") == 300
    assert _of("examples_to_kl") == 300 * 64
    assert _of("steps_to_kl", _CURVE[:2]) is None
    assert _of("examples_to_kl", []) is None


def test_a_run_has_left_the_plateau_if_its_last_validation_says_so():
    assert _of("left_plateau") == 1.0
    assert _of("left_plateau", _CURVE[:1]) == 0.0
    assert _of("left_plateau", []) is None


def test_the_noise_scale_is_the_median_of_the_second_half():
    assert _of("noise_scale") == 300.0  # Of 300 and 100, the upper one.
    assert _of("noise_scale", _CURVE[:2]) is None


def test_an_unknown_measure_lists_the_known_ones():
    with pytest.raises(UserError, match="measure must be one of kl_nats, .*got 'mrr'"):
        measures.get("mrr")

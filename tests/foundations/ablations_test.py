"""Variants of one training: what differs, and a sweep that is stopped."""

import dataclasses

import pytest

from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.errors import UserError
from set_contrastive.foundations.sequences import ablations
from set_contrastive.foundations.sequences import toy
from set_contrastive.foundations.sequences.encoder_decoder import Sizes


def test_variants_differ_from_the_base_in_one_thing():
    base, *others = ablations.variants(10, 4, 0)
    assert len(others) == 9
    for variant in others:
        one, other = ({**vars(v.sizes), **vars(v.optimizer)} for v in (base, variant))
        differing = [name for name in one if one[name] != other[name]]
        assert len(differing) == 1 or differing == ["learning_rate", "warmup_steps"]


def test_warm_ups_fall_along_one_curve():
    """With the schedule of the paper only the rise differs."""
    rates = {
        v.optimizer.learning_rate * v.optimizer.warmup_steps**0.5
        for v in ablations.variants(10, 4, 0)
    }
    assert max(rates) == pytest.approx(min(rates))


def test_a_variant_is_trained(monkeypatch):
    monkeypatch.setattr(toy, "HELD_OUT", 8)
    small = Sizes(d_model=16, d_ff=32, num_layers=1)
    variant = dataclasses.replace(ablations.variants(2, 4, 0)[0], sizes=small)
    row = ablations.run(variant)
    assert row["steps"] == 2 and [steps for steps, _ in row["curve"]] == [1, 2]


def test_a_sweep_trains_what_is_left(tmp_path, monkeypatch):
    """A stop loses what had not ended; other trainings do not mix with these."""
    found = ablations.variants(2, 4, 0)[:3]
    trained = []

    def run(variant):
        trained.append(variant.label)
        if len(trained) == 2:
            raise KeyboardInterrupt
        return {"value": variant.name}

    monkeypatch.setattr(ablations, "run", run)
    with pytest.raises(InterruptedRunError, match="goes on from what is saved"):
        ablations.sweep(found, tmp_path / "cells", parallel=1)
    rows = ablations.sweep(found, tmp_path / "cells", parallel=1)
    assert [row["value"] for row in rows] == ["", "1000", "2000"]
    assert trained == ["base", "warm-up-1000", "warm-up-1000", "warm-up-2000"]
    others = ablations.variants(3, 4, 0)[:3]
    with pytest.raises(UserError, match=r"results of other inputs \(steps\)"):
        ablations.sweep(others, tmp_path / "cells", parallel=1)


def test_variants_have_rows_of_their_own():
    labels = {variant.label for variant in ablations.variants(2, 4, 0)}
    assert len(labels) == 10


def test_a_variant_says_when_it_first_reached_a_share(monkeypatch):
    """Also where the share fell again."""
    curve = [(300, 0.4), (600, 0.9), (900, 0.7), (1200, 0.94)]
    monkeypatch.setattr(toy, "train", lambda *args: curve)
    row = ablations.run(ablations.variants(1200, 4, 0)[0])
    assert (row["steps_to_90"], row["steps_to_95"]) == (600, None)
    assert (row["exact_match"], row["steps"]) == (0.94, 1200)

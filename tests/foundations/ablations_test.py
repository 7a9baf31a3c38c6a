"""Trials of one training: what differs between them, and what a row says."""

import pytest

from set_contrastive.foundations.sequences import ablations
from set_contrastive.foundations.sequences import toy

BASE, *OTHERS = (trial.arguments for trial in ablations.STUDY.trials)
_SMALL = {**BASE["sizes"], "d_model": 16, "d_ff": 32, "num_layers": 1}


def test_trials_differ_from_the_base_in_one_thing():
    assert len(OTHERS) == 9
    for other in OTHERS:
        one, two = ({**a["sizes"], **a["optimizer"]} for a in (BASE, other))
        differing = [name for name in one if one[name] != two[name]]
        assert len(differing) == 1 or differing == ["learning_rate", "warmup_steps"]
        assert (other["steps"], other["batch_size"]) == (6000, 64)


def test_what_differs_is_what_was_asked():
    def values(name, group="sizes"):
        return {arguments[group][name] for arguments in (BASE, *OTHERS)}

    assert values("warmup_steps", "optimizer") == {1000, 2000, 4000, 8000, 16000}
    assert values("equal_query_key") == values("zero_output") == {False, True}
    assert values("scaled_symbols") == {False, True}
    assert values("positions") == {"learned", "half", "sinusoidal"}


def test_warm_ups_fall_along_one_curve():
    """With the schedule of the paper only the rise differs."""
    rates = {
        arguments["optimizer"]["learning_rate"]
        * arguments["optimizer"]["warmup_steps"] ** 0.5
        for arguments in (BASE, *OTHERS)
    }
    assert max(rates) == pytest.approx(min(rates))


def test_a_trial_is_trained(monkeypatch):
    monkeypatch.setattr(toy, "HELD_OUT", 8)
    small = {**BASE, "sizes": _SMALL, "steps": 2, "batch_size": 4}
    row = ablations.run(**small, seed=0)
    assert row["steps"] == 2 and [steps for steps, _ in row["curve"]] == [1, 2]


def test_a_trial_says_when_it_first_reached_a_share(monkeypatch):
    """Also where the share fell again."""
    curve = [(300, 0.4), (600, 0.9), (900, 0.7), (1200, 0.94)]
    monkeypatch.setattr(toy, "train", lambda *args: curve)
    row = ablations.run(**BASE, seed=0)
    assert (row["steps_to_90"], row["steps_to_95"]) == (600, None)
    assert (row["exact_match"], row["steps"]) == (0.94, 1200)


def test_a_trial_is_trained_from_its_seed(monkeypatch):
    monkeypatch.setattr(toy, "train", lambda *args: [(1, float(args[5]))])
    assert [ablations.run(**BASE, seed=s)["exact_match"] for s in (0, 2)] == [0.0, 2.0]

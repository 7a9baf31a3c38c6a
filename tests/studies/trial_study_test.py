"""Studies of trials: their cells, and labels that name no folder."""

import dataclasses

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.studies import registry
from set_contrastive.studies.trial_study import Trial
from tests import tiny_trials


def test_cells_are_the_trials_with_each_seed():
    cells = tiny_trials.STUDY.all_cells(2)
    assert [cell.name for cell in cells] == [
        "powers/powers-0/seed_0",
        "powers/powers-1/seed_0",
        "powers/powers-0/seed_1",
        "powers/powers-1/seed_1",
    ]
    assert cells[3].values == {
        "function": "tests.tiny_trials:power",
        "arguments": {"base": 3, "exponent": 2, "seed": 1},
    }
    assert sum(cell.minutes for cell in cells) == pytest.approx(0.04)


@pytest.mark.parametrize("label", ["", ".", "..", "a/b"])
def test_a_label_must_name_a_folder(label):
    with pytest.raises(UserError, match="must be the name of a folder, got"):
        dataclasses.replace(tiny_trials.STUDY, trials=(Trial(label, {}, 1.0),))


def test_labels_differ():
    trial = tiny_trials.STUDY.trials[0]
    with pytest.raises(UserError, match="two trials are called powers-0"):
        dataclasses.replace(tiny_trials.STUDY, trials=(trial, trial))


def test_a_study_of_trials_is_found_by_its_name():
    assert registry.get("tests.tiny_trials:STUDY") is tiny_trials.STUDY
    with pytest.raises(UserError, match="a Study or a TrialStudy, got function"):
        registry.get("tests.tiny_trials:power")

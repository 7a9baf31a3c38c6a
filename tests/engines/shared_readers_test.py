"""Tests of which cells train, and which take over what others have trained."""

import dataclasses
import json

from set_contrastive.engines import shared_readers
from set_contrastive.studies import cards_27
from set_contrastive.studies import late_interaction_27
from set_contrastive.studies import objectives_27

_CELLS = cards_27.STUDY.all_cells("data", 2)


def test_a_two_tower_of_each_game_and_seed_trains_for_all_dimensions():
    first, later = shared_readers.split(_CELLS)
    labels = {cell.label for cell in first}
    assert labels == {"two_tower_d4", "cross_encoder", "classifier"}
    assert len(first) == 2 * 5 * 3
    assert len(later) == 2 * 5 * 6
    assert {*first, *later} == {*_CELLS}


def test_what_is_finished_trains_for_what_is_not():
    left = [cell for cell in _CELLS if cell.label != "two_tower_d20"]
    done = [cell for cell in _CELLS if cell.label == "two_tower_d20"]
    first, _ = shared_readers.split(left, done)
    assert {cell.label for cell in first} == {"cross_encoder", "classifier"}


def test_late_interaction_takes_a_two_towers_reader():
    cells = late_interaction_27.STUDY.cells("data", 0)
    first, later = shared_readers.split(cells)
    assert {cell.label for cell in first} == {"two_tower_d4", "cross_encoder"}
    assert len(later) == 3 * (3 + 8)


def test_models_that_learn_their_vectors_train_by_themselves():
    cells = objectives_27.STUDY.cells("data", 0)
    assert shared_readers.split(cells) == (cells, [])


def test_readers_of_other_steps_are_others():
    one = next(cell for cell in _CELLS if cell.label == "two_tower_d4").config
    wider = dataclasses.replace(one.model, vector_dim=99)
    assert shared_readers.same(one, dataclasses.replace(one, model=wider))
    for change in ({"steps": 9}, {"seed": 7}, {"game": "set_81"}):
        assert not shared_readers.same(one, dataclasses.replace(one, **change))
    own = dataclasses.replace(one.model, family="my.module:FAMILY")
    assert not shared_readers.same(one, dataclasses.replace(one, model=own))
    deeper = dataclasses.replace(one.model, num_head_layers=1)
    assert not shared_readers.same(one, dataclasses.replace(one, model=deeper))


def test_cells_that_train_nothing_are_estimated_as_short():
    found = {cell.name: cell.minutes for cell in shared_readers.estimate(_CELLS)}
    asked = {cell.name: cell.minutes for cell in _CELLS}
    first, later = shared_readers.split(_CELLS)
    assert all(found[cell.name] == asked[cell.name] for cell in first)
    assert all(found[cell.name] <= 2.0 for cell in later)


def _finished(folder, config):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    measures = {"split": "test", "step": config.steps}
    (folder / "metrics.json").write_text(json.dumps(measures))


def _checkpoint(folder, step):
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    (folder / "checkpoints" / f"step-{step}.index").touch()


def test_a_reader_is_one_whose_weights_are_there(tmp_path):
    one, other = (
        next(cell for cell in _CELLS if cell.label == f"two_tower_d{d}") for d in (4, 8)
    )
    there, folder = tmp_path / one.name, tmp_path / other.name
    _finished(there, one.config)
    assert shared_readers.find(other.config, folder) is None
    _checkpoint(there, one.config.steps)
    assert shared_readers.find(other.config, folder) == there
    # It has trained a while by itself, stopped before it was measured.
    _checkpoint(folder, 20)
    assert shared_readers.find(other.config, folder) is None

"""Studies: cells and what they are called."""

import dataclasses

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.reporting import results
from set_contrastive.reporting import verdict
from set_contrastive.runs import run_folder
from set_contrastive.studies import study

OBJECTIVES = ("cross_entropy_support", "infonce")


def experiment(seed=0, **fields):
    model = ModelConfig("two_tower", vector_dim=4)
    return ExperimentConfig("set_27", model, seed=seed, **fields)


def by_objective(data_dir, seed):
    del data_dir
    return [
        study.cell(experiment(seed, objective=objective), 1.0, note=objective)
        for objective in OBJECTIVES
    ]


def test_a_cell_is_called_as_its_family_says():
    plain = study.cell(experiment(seed=3), 1.0)
    assert plain.name == "set_27/two_tower_d4/seed_3"
    assert (plain.title, plain.dim) == ("two-tower d = 4", 4)
    noted = study.cell(experiment(), 1.0, note="infonce")
    assert noted.name == "set_27/two_tower_d4_infonce/seed_0"
    assert noted.title == "two-tower d = 4, infonce"
    classifier = dataclasses.replace(
        experiment(), model=ModelConfig("classifier", vector_dim=4)
    )
    assert study.cell(classifier, 1.0).dim is None


def test_two_cells_of_one_label_and_seed_are_refused():
    def cells(data_dir, seed):
        return [study.cell(experiment(seed, objective=o), 1.0) for o in OBJECTIVES]

    with pytest.raises(UserError, match="two cells are called set_27/two_tower_d4/se"):
        study.Study("twice", "Which?", cells).all_cells("", 2)


def test_two_objectives_of_one_dimension_are_not_averaged(tmp_path):
    asked = study.Study("objectives", "Which loss?", by_objective)
    for cell in asked.all_cells("", 2):
        folder = tmp_path / cell.name
        folder.mkdir(parents=True)
        kl = 1.0 if cell.config.objective == "infonce" else 0.5
        run_folder.write_json(folder / run_folder.CONFIG, cell.config.to_dict())
        measures = {"split": "test", "step": cell.config.steps}
        measures["kl_nats"] = kl + 0.1 * cell.config.seed
        run_folder.write_json(folder / run_folder.METRICS, measures)
    cells = [results._read(cell, tmp_path) for cell in asked.all_cells("", 2)]
    found = results.Results(asked, 2, tuple(cells))
    assert [(v.model, round(v.kl_nats, 6)) for v in verdict.judge(found)] == [
        ("two_tower_d4_cross_entropy_support", 0.55),
        ("two_tower_d4_infonce", 1.05),
    ]
    assert found.dims == {model: 4 for model in found.models}

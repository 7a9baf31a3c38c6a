"""Studies: cells and what they are called."""

import pytest

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.reporting import results
from set_contrastive.reporting import verdict
from set_contrastive.runs import run_folder
from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid

OBJECTIVES = ("cross_entropy_support", "infonce")
LOSSES = Grid(
    {
        "game": ("set_27",),
        "model": ("two_tower",),
        "vector_dim": (4,),
        "objective": OBJECTIVES,
    }
)


def test_a_cell_is_called_by_what_is_not_as_the_preset_has_it():
    asked = study.Study(
        "names",
        "Which?",
        (
            LOSSES,
            Grid({"game": ("set_27",), "model": ("classifier",), "batch_size": (64,)}),
        ),
    )
    plain, noted, classifier = asked.cells("", 3)
    assert plain.name == "set_27/two_tower_d4/seed_3"
    assert (plain.title, plain.dim) == ("two-tower d = 4", 4)
    assert noted.name == "set_27/two_tower_d4-objective=infonce/seed_3"
    assert noted.title == "two-tower d = 4, objective infonce"
    assert classifier.label == "classifier-batch_size=64"
    assert classifier.dim is None
    assert asked.factors == ("model", "vector_dim", "objective", "batch_size")


def test_steps_and_curriculum_go_together():
    factors = {"game": ("symdiff_27",), "model": ("two_tower",)}
    grid = Grid({**factors, "steps": (3200,)})
    (cell,) = study.Study("short", "?", (grid,)).cells("", 0)
    # The recipe's 100 and 200 of 8,000 steps, cut down with them, without a word.
    assert cell.config.curriculum == ((1, 40), (2, 80), (8, None))
    assert cell.label == "two_tower_d27-steps=3200"
    grid = Grid({**factors, "curriculum": (((4, 100), (8, None)),)})
    (cell,) = study.Study("other", "?", (grid,)).cells("", 0)
    assert cell.label == "two_tower_d27-curriculum=4:100,8:rest"


def test_another_preset_is_another_cell():
    factors = {"game": ("union_27",), "model": ("two_tower",), "vector_dim": (4,)}
    laptop, light = (
        study.Study("s", "?", (Grid(factors, preset=preset),)).cells("", 0)[0]
        for preset in ("laptop", "light")
    )
    assert (laptop.label, laptop.title) == ("two_tower_d4", "two-tower d = 4")
    assert light.label == "two_tower_d4-preset=light"
    assert light.title == "two-tower d = 4, light"
    assert laptop.config.model != light.config.model


def test_an_experiment_is_called_alike_by_all_studies():
    fewer = Grid({**LOSSES.factors, "batch_size": (128, 256)})
    usual = {
        cell.name: cell.config for cell in study.Study("a", "", (LOSSES,)).cells("", 0)
    }
    more = {
        cell.name: cell.config for cell in study.Study("b", "", (fewer,)).cells("", 0)
    }
    assert len(more) == 4 and usual.items() <= more.items()


def test_games_stand_together():
    asked = study.Study(
        "games",
        "",
        tuple(
            Grid({"game": ("set_27", "union_27"), "model": (model,)})
            for model in ("two_tower", "cross_encoder")
        ),
    )
    assert [cell.name.partition("/seed")[0] for cell in asked.cells("", 0)] == [
        "set_27/two_tower_d27",
        "set_27/cross_encoder",
        "union_27/two_tower_d27",
        "union_27/cross_encoder",
    ]


def test_two_cells_of_one_experiment_are_refused():
    with pytest.raises(UserError, match="two cells are called set_27/two_tower_d4/se"):
        study.Study("twice", "Which?", (LOSSES, LOSSES)).all_cells("", 2)


def test_a_label_that_no_folder_can_have_is_refused():
    many = (*((pairs, 10) for pairs in range(1, 60)), (60, None))
    factors = {"game": ("set_27",), "model": ("two_tower",), "curriculum": (many,)}
    with pytest.raises(UserError, match=r"255 bytes, two_tower.*\.\.\. has 3\d\d"):
        study.Study("long", "Which?", (Grid(factors),)).all_cells("", 1)


def test_two_objectives_of_one_dimension_are_not_averaged(tmp_path):
    asked = study.Study("objectives", "Which loss?", (LOSSES,))
    for cell in asked.all_cells("", 2):
        folder = tmp_path / cell.name
        folder.mkdir(parents=True)
        kl = 1.0 if cell.config.objective == "infonce" else 0.5
        whole_files.write_json(folder / run_folder.CONFIG, cell.config.to_dict())
        measures = {"split": "test", "step": cell.config.steps}
        measures["kl_nats"] = kl + 0.1 * cell.config.seed
        whole_files.write_json(folder / run_folder.METRICS, measures)
    cells = [results._read(cell, tmp_path, asked) for cell in asked.all_cells("", 2)]
    found = results.Results(asked, 2, tuple(cells))
    assert [(v.model, round(v.kl_nats, 6)) for v in verdict.judge(found)] == [
        ("two_tower_d4", 0.55),
        ("two_tower_d4-objective=infonce", 1.05),
    ]
    assert found.dims == {model: 4 for model in found.models}

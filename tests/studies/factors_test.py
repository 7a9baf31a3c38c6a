"""Factors: fields of configurations that studies vary."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.studies import factors
from set_contrastive.studies.factors import Grid

_USUAL = {"game": ("union_27",), "model": ("two_tower",)}


def test_a_grid_has_all_combinations():
    grid = Grid({**_USUAL, "vector_dim": (4, 8), "objective": ("infonce", "sigmoid")})
    found = [
        (c.model.vector_dim, c.objective, c.data_dir, c.seed)
        for c in grid.experiments("here", 5)
    ]
    assert found == [
        (4, "infonce", "here", 5),
        (4, "sigmoid", "here", 5),
        (8, "infonce", "here", 5),
        (8, "sigmoid", "here", 5),
    ]


def test_a_factor_is_a_field_of_any_of_the_three_configurations():
    values = {
        "batch_size": 64,
        "symbol_init": "unit",
        "schedule": "stepwise",
        "warmup_steps": 7,
    }
    grid = Grid({**_USUAL, **{name: (value,) for name, value in values.items()}})
    (config,) = grid.experiments("", 0)
    assert {name: factors.value(config, name) for name in values} == values
    assert config.batch_size == 64 and config.model.symbol_init == "unit"
    assert config.optimizer.schedule == "stepwise"
    assert factors.deviations(config, "laptop") == values
    assert factors.value(config, "game") == "union_27"
    assert factors.value(config, "model") == "two_tower"


def test_floats_of_a_key_are_those_of_all_its_vectors():
    several = {"key_vectors": (4,), "query_vectors": (2,), "vector_dim": (6,)}
    grid = Grid({"game": ("union_27",), "model": ("late_interaction",), **several})
    (config,) = grid.experiments("", 0)
    assert factors.value(config, "floats_per_key") == 24


def test_minutes_follow_steps_and_batch():
    (usual,) = Grid(_USUAL).experiments("", 0)
    (other,) = Grid({**_USUAL, "steps": (400,), "batch_size": (1024,)}).experiments(
        "", 0
    )
    # The recipe's 2,400 steps of 256; 400 of 1,024 see 2/3 of their queries.
    assert factors.minutes(usual, "laptop") == 4.2
    assert factors.minutes(other, "laptop") == pytest.approx(2.8)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({**_USUAL, "colour": ("red",)}, "factor must be one of adam_lr_ratio, .* got"),
        ({**_USUAL, "floats_per_key": (8,)}, "got 'floats_per_key'"),
        ({**_USUAL, "seed": (1, 2)}, "got 'seed'"),
        ({**_USUAL, "vector_dim": ()}, "vector_dim must have a tuple of values"),
        ({**_USUAL, "vector_dim": 4}, "vector_dim must have a tuple of values, got 4"),
        ({"game": ("union_27",)}, "a grid must have the factor model, got game"),
    ],
)
def test_a_wrong_grid_is_one_line(given, message):
    with pytest.raises(UserError, match=message):
        Grid(given)


def test_a_wrong_value_is_told_by_its_field():
    grid = Grid({**_USUAL, "batch_size": (0,)})
    with pytest.raises(UserError, match="batch_size must be at least 1, got 0"):
        grid.experiments("", 0)
    (config,) = Grid(_USUAL).experiments("", 0)
    with pytest.raises(UserError, match="factor must be one of"):
        factors.value(config, "colour")

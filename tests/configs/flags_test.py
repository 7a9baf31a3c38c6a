"""Flags that follow from a configuration's fields."""

import dataclasses
from typing import Literal

import pytest
from absl import flags as absl_flags

from set_contrastive.base.errors import UserError
from set_contrastive.configs import curriculum
from set_contrastive.configs import flags
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig


@dataclasses.dataclass(frozen=True)
class Inner:
    """A nested configuration."""

    # How deep.
    depth: int = 1


@dataclasses.dataclass(frozen=True)
class Bare:
    """A field whose comment does not stand over it."""

    # How many.
    count: int = 3
    rate: float = 0.5  # How fast.


def defined(*arguments, config=Inner, **options):
    values = absl_flags.FlagValues()
    flags.define(config, flag_values=values, **options)
    values(["program", *arguments])
    return values


def test_a_field_without_a_comment_is_refused():
    with pytest.raises(ValueError, match="Bare.rate has no comment"):
        flags.field_comments(Bare)


def test_the_comment_over_a_field_is_its_help():
    values = defined()
    assert values["depth"].help == "How deep."
    assert values["depth"].default == 1
    values = defined(by_preset=True)
    assert values["depth"].help == "How deep. By default the preset's, or 1."
    assert values["depth"].default is None


@dataclasses.dataclass(frozen=True)
class Whole:
    """A field of each kind, each with a comment."""

    # Who is
    # meant.
    name: str
    # How many.
    count: int = 3
    # How fast.
    rate: float = 0.5
    # Whether so.
    sure: bool = True
    # Which side.
    side: Literal["left", "right"] = "left"
    # Dimensions.
    dims: tuple[int, ...] = (4, 8)
    # At most.
    limit: int | None = None
    # What is nested.
    inner: Inner = Inner()
    # Phases.
    phases: curriculum.Curriculum = dataclasses.field(
        default=(), metadata={"parse": curriculum.parse}
    )
    # Of what kind.
    kind: str = dataclasses.field(default="a", metadata={"flag": "sort"})


def test_what_is_not_given_has_the_fields_default():
    values = defined("--name=x", config=Whole)
    assert flags.read(Whole, values) == Whole("x")
    assert values["name"].help == "Who is meant."
    assert "inner" not in values and "kind" not in values


def test_flags_of_each_kind():
    values = defined(
        *("--name=y", "--count=7", "--rate=2", "--nosure", "--side=right"),
        *("--dims=2,16", "--limit=5", "--phases=1:3,8:rest", "--sort=b"),
        config=Whole,
    )
    assert flags.read(Whole, values) == Whole(
        name="y",
        count=7,
        rate=2.0,
        sure=False,
        side="right",
        dims=(2, 16),
        limit=5,
        phases=((1, 3), (8, None)),
        kind="b",
    )


def test_a_preset_keeps_what_is_not_given():
    values = defined("--nosure", "--count=0", config=Whole, by_preset=True)
    assert flags.given(Whole, values) == {"sure": False, "count": 0}


def test_a_field_without_a_default_is_required():
    with pytest.raises(absl_flags.IllegalFlagValueError, match="--name must have"):
        defined(config=Whole)
    assert flags.given(Whole, defined("--name=z", config=Whole))["name"] == "z"
    defined(config=Whole, defaults={"name": "z"})


def test_choices_defaults_and_hints():
    values = defined(
        config=Whole,
        choices={"kind": {"a": "the first", "b": "the second"}},
        defaults={"name": "z"},
        hints={"name": "Such as z."},
        by_preset=True,
    )
    assert values["name"].default == "z"
    assert values["name"].help == "Who is meant. Such as z."
    assert "a: the first; b: the second." in values["sort"].help
    with pytest.raises(absl_flags.IllegalFlagValueError, match="<a|b>"):
        values(["program", "--sort=c"])


@pytest.mark.parametrize(
    ("argument", "named"),
    [
        ("--dims=4,x", "dims must be a list of int, got '4,x'"),
        ("--phases=1-2", "curriculum must look like .* got '1-2'"),
    ],
)
def test_wrong_texts_are_named(argument, named):
    values = defined("--name=x", argument, config=Whole)
    with pytest.raises(UserError, match=named):
        flags.read(Whole, values)


@pytest.mark.parametrize("config", [ExperimentConfig, ModelConfig, OptimizerConfig])
def test_every_field_of_an_experiment_has_a_comment(config):
    comments = flags.field_comments(config)
    assert list(comments) == [field.name for field in dataclasses.fields(config)]
    assert all(text.endswith(".") for text in comments.values())

"""Configurations: JSON in and out, and how two of them differ."""

import dataclasses
import json

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig

# Another value than the default in every field.
FULL = ExperimentConfig(
    game="symdiff_27",
    model=ModelConfig(
        family="cross_encoder",
        vector_dim=9,
        d_model=12,
        d_ff=24,
        num_heads=3,
        num_layers=3,
        num_readout_layers=2,
        readouts="keys",
        num_readouts=4,
        num_head_layers=2,
        d_head=32,
        vector_gain=2.0,
        merge_blocks=True,
        atomic=True,
        symbol_init="unit",
        key_init="normal",
        key_bias=True,
        similarity="cosine",
        temperature=0.5,
        learn_temperature=True,
        query_vectors=2,
        key_vectors=3,
        aggregate="smooth",
        smooth_temperature=0.5,
    ),
    data_dir="/some/where",
    optimizer=OptimizerConfig(
        optimizer="muon",
        adam_lr_ratio=0.1,
        learning_rate=0.25,
        schedule="stepwise",
        warmup_steps=7,
        clip_norm=0.0,
        beta_1=0.8,
        beta_2=0.95,
    ),
    objective="infonce",
    mask_false_negatives=True,
    margin=0.5,
    batch_size=48,
    steps=1234,
    curriculum=((1, 400), (2, 300), (8, None)),
    stream=True,
    seed=5,
    precision="mixed_bfloat16",
    strategy="mirrored",
    replicas=4,
    eval_every=11,
    checkpoint_every=12,
    steps_per_call=13,
    xla=False,
)


def test_the_full_example_leaves_no_field_at_its_default():
    for config in (FULL, FULL.model, FULL.optimizer):
        for field in dataclasses.fields(config):
            if field.name in ("noise_batches", "query_vector"):
                continue  # It has several replicas, and a cosine.
            assert getattr(config, field.name) != field.default, field.name


def test_json_round_trip():
    text = json.dumps(FULL.to_dict())
    again = ExperimentConfig.from_dict(json.loads(text))
    assert again == FULL
    assert hash(again) == hash(FULL)


def test_a_solved_vector_comes_back_from_json():
    model = ModelConfig("two_tower", readouts="keys", query_vector="solved")
    config = ExperimentConfig("union_27", model)
    text = json.dumps(config.to_dict())
    assert ExperimentConfig.from_dict(json.loads(text)) == config


def test_file_round_trip(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(FULL.to_dict()))
    assert ExperimentConfig.load(path) == FULL


def test_configurations_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.steps = 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda values: values.pop("game"), "game"),
        (lambda values: values.pop("model"), "model"),
        (lambda values: values.update(colour="red"), "colour"),
        (lambda values: values["model"].update(depth=3), "depth"),
        (lambda values: values["optimizer"].update(momentum=0.9), "momentum"),
        (lambda values: values.update(steps="many"), "steps must be of type int"),
        (lambda values: values.update(curriculum=3), "not a configuration"),
        (lambda values: values.update(curriculum=[[1, 2, 3]]), ""),
        (lambda values: values.update(model=None), "not a configuration"),
        (lambda values: values["model"].pop("family"), "family"),
    ],
)
def test_a_file_of_another_form_is_refused_by_name(tmp_path, change, named):
    values = FULL.to_dict()
    change(values)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(values))
    with pytest.raises(UserError, match=f"config.json is corrupt: .*{named}"):
        ExperimentConfig.load(path)


@pytest.mark.parametrize("text", ["", "{", '{"game": "set', "[]", "3", "null", '"x"'])
def test_a_corrupt_file_is_named(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(UserError, match="config.json is corrupt: "):
        ExperimentConfig.load(path)


def test_bytes_that_are_no_text_are_corrupt(tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(UserError, match="config.json is corrupt: "):
        ExperimentConfig.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="no run found: .*config.json does not exist"):
        ExperimentConfig.load(tmp_path / "config.json")


def test_equal_configurations_do_not_differ():
    again = ExperimentConfig.from_dict(FULL.to_dict())
    assert FULL.differing_fields(again) == []


def test_differing_fields_are_named_with_both_values():
    other = dataclasses.replace(
        FULL,
        steps=2000,
        curriculum=(),
        model=dataclasses.replace(FULL.model, vector_dim=10),
        optimizer=dataclasses.replace(FULL.optimizer, learning_rate=0.5),
    )
    assert FULL.differing_fields(other) == [
        "curriculum: [[1, 400], [2, 300], [8, None]] != []",
        "model.vector_dim: 9 != 10",
        "optimizer.learning_rate: 0.25 != 0.5",
        "steps: 1234 != 2000",
    ]


def test_every_field_but_data_dir_makes_another_run():
    default = ExperimentConfig(game="set_27", model=ModelConfig("two_tower"))
    names = {line.partition(":")[0] for line in FULL.differing_fields(default)}
    expected = {field.name for field in dataclasses.fields(FULL)}
    # The example has several replicas and a cosine, which these do not go with.
    expected -= {"model", "optimizer", "data_dir", "noise_batches"}
    for part in ("model", "optimizer"):
        fields = dataclasses.fields(getattr(FULL, part))
        expected |= {f"{part}.{field.name}" for field in fields}
    assert names == expected - {"model.query_vector"}


def test_the_same_data_elsewhere_is_the_same_run():
    moved = dataclasses.replace(FULL, data_dir="/else/where")
    assert FULL.differing_fields(moved) == []

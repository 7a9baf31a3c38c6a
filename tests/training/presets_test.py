"""Presets: which fields they set, and who wins."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.training import presets

FAMILIES = ("two_tower", "cross_encoder", "classifier")


def num_params(preset, family, vector_dim, game="union_27"):
    spec = registry.get(game).spec
    config = presets.model(preset, family, vector_dim=vector_dim)
    return families.build(spec, config, "float32").all_keys_scorer.count_params()


def test_names():
    assert presets.NAMES == ("laptop", "light", "study")


@pytest.mark.parametrize("preset", presets.NAMES)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("game", registry.names())
def test_every_preset_is_an_experiment(preset, family, game):
    config = presets.experiment(preset, game, presets.model(preset, family))
    assert config.game == game
    assert config.model.family == family


def test_the_study_has_the_sizes_of_2021():
    model = presets.model("study", "two_tower")
    assert (model.d_model, model.num_heads, model.num_layers) == (512, 8, 8)
    assert num_params("study", "two_tower", 27) == pytest.approx(17e6, rel=0.01)


@pytest.mark.parametrize("game", registry.names())
@pytest.mark.parametrize(
    ("preset", "share"),
    # The study halves the layers; the embeddings it shares make it up to 1 % more.
    [("laptop", 0.5), ("light", 0.5), ("study", 0.505)],
)
def test_a_cross_encoder_has_half_the_parameters(preset, share, game):
    two_tower = num_params(preset, "two_tower", 4, game)
    assert num_params(preset, "cross_encoder", 4, game) <= share * two_tower


def test_a_recipe_fills_the_experiment():
    config = presets.experiment("study", "union_27", ModelConfig("two_tower"))
    recipe = families.get("two_tower").recipe("study", "union_27")
    assert config.steps == recipe.steps == 100_000
    assert config.batch_size == recipe.batch_size == 1024
    assert config.optimizer.learning_rate == recipe.learning_rate == 1e-4
    assert config.optimizer.warmup_steps == recipe.warmup_steps == 4000
    assert config.curriculum == recipe.curriculum


def test_the_recipes_curriculum_is_stretched_to_the_steps():
    def curriculum(steps):
        model = presets.model("light", "two_tower")
        return presets.experiment("light", "symdiff_27", model, steps=steps).curriculum

    recipe = families.get("two_tower").recipe("light", "symdiff_27")
    assert recipe.steps == 4000
    assert recipe.curriculum == ((2, 800), (4, 700), (8, None))
    assert curriculum(None) == recipe.curriculum
    assert curriculum(8000) == ((2, 1600), (4, 1400), (8, None))
    assert curriculum(15) == ((2, 3), (4, 2), (8, None))  # 700 * 15 / 4000 = 2.6
    assert curriculum(3) == ()


def test_an_unlisted_game_has_the_default_recipe():
    own = families.get("two_tower").recipe("laptop", "my.module:game")
    assert own == families.get("cross_encoder").recipe("laptop", "shared_27")
    assert own != families.get("two_tower").recipe("laptop", "set_27")


def test_a_data_set_of_another_name_has_its_games_recipe():
    model = presets.model("laptop", "two_tower")
    named = presets.experiment("laptop", "mine", model, recipe_of="symdiff_27")
    game = presets.experiment("laptop", "symdiff_27", model)
    assert game.differing_fields(named) == ["game: 'symdiff_27' != 'mine'"]
    other = presets.experiment("laptop", "mine", model)
    assert other.optimizer != game.optimizer and other.curriculum == ()


def test_adam_takes_its_share_of_muons_learning_rate():
    model = presets.model("light", "two_tower")
    muon = presets.experiment("light", "union_27", model).optimizer
    assert (muon.optimizer, muon.learning_rate) == ("muon", 0.015)
    adam = presets.experiment("light", "union_27", model, optimizer="adam").optimizer
    assert adam.optimizer == "adam"
    assert adam.learning_rate == pytest.approx(0.003)  # A fifth of it.
    study = presets.experiment("study", "union_27", model).optimizer
    assert (study.optimizer, study.learning_rate) == ("adam", 1e-4)


def test_arguments_win_over_the_recipe():
    model = presets.model("laptop", "two_tower", vector_dim=5, key_bias=True)
    assert (model.vector_dim, model.key_bias) == (5, True)
    config = presets.experiment(
        "laptop",
        "union_27",
        model,
        learning_rate=0.5,
        schedule="constant",
        curriculum=((1, 10), (8, None)),
        steps=30,
        batch_size=6,
        seed=3,
    )
    assert config.model is model
    assert config.optimizer.learning_rate == 0.5
    assert config.optimizer.schedule == "constant"
    assert config.curriculum == ((1, 10), (8, None))
    assert (config.steps, config.batch_size, config.seed) == (30, 6, 3)


def test_none_keeps_the_preset():
    assert presets.model("laptop", "two_tower", vector_dim=None) == presets.model(
        "laptop", "two_tower"
    )
    plain = presets.experiment("laptop", "union_27", ModelConfig("two_tower"))
    nones = presets.experiment(
        "laptop",
        "union_27",
        ModelConfig("two_tower"),
        optimizer=None,
        learning_rate=None,
        schedule=None,
        curriculum=None,
        steps=None,
        seed=None,
    )
    assert nones == plain


def test_false_and_zero_are_values_not_absences():
    config = presets.experiment(
        "laptop", "union_27", ModelConfig("two_tower"), xla=False, seed=0, curriculum=()
    )
    assert not config.xla
    assert config.curriculum == ()


def test_a_learning_rate_of_zero_is_refused():
    with pytest.raises(UserError, match="learning_rate must be above 0, got 0"):
        presets.experiment(
            "laptop", "union_27", ModelConfig("two_tower"), learning_rate=0.0
        )


def test_given_drops_only_none():
    fields = {"a": None, "b": 0, "c": False, "d": ""}
    assert presets.given(fields) == {"b": 0, "c": False, "d": ""}


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (
            lambda: families.get("two_tower").recipe("desktop", "set_27"),
            "laptop, light, study, got 'desktop'",
        ),
        (lambda: presets.model("desktop", "two_tower"), "study, got 'desktop'"),
        (
            lambda: presets.experiment("desktop", "set_27", ModelConfig("two_tower")),
            "laptop, light, study, got 'desktop'",
        ),
        (
            lambda: presets.model("laptop", "one_tower"),
            "two_tower, .* got 'one_tower'",
        ),
        (
            lambda: presets.model("laptop", "two_tower", vector_dim=0),
            "vector_dim .* got 0",
        ),
    ],
)
def test_wrong_arguments_are_named(call, named):
    with pytest.raises(UserError, match=named):
        call()

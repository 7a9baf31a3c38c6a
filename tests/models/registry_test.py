"""A family is one record: what it must say, and what other files must not."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.models import families
from set_contrastive.training import presets


def test_labels_and_titles():
    def named(family):
        record = families.get(family)
        config = ModelConfig(family, vector_dim=9)
        return record.name, record.label_of(config), record.title_of(config)

    assert named("two_tower") == ("two_tower", "two_tower_d9", "two-tower d = 9")
    assert named("cross_encoder") == ("cross_encoder", "cross_encoder", "cross-encoder")
    assert named("classifier") == ("classifier", "classifier", "classifier")
    assert "vectors of dimension 9." in families.get("two_tower").card_of(
        ModelConfig("two_tower", vector_dim=9)
    )


@pytest.mark.parametrize("family", families.FAMILIES.values(), ids=lambda f: f.name)
def test_every_family_has_every_preset(family):
    assert tuple(family.presets) == presets.NAMES


@pytest.mark.parametrize("find", [families.get, families.import_named])
def test_an_unknown_family_is_refused(find):
    with pytest.raises(UserError, match="model .* two_tower, .* got 'three_tower'"):
        find("three_tower")


def test_what_only_a_file_names_is_not_imported(trap):
    name, mark = trap
    with pytest.raises(UserError, match=f"yourself with --model={name}:FAMILY"):
        families.get(f"{name}:FAMILY")
    assert not mark.exists()


def test_what_the_user_names_is_imported():
    name = "set_contrastive.models.classifier:FAMILY"
    families.import_named(name)
    assert families.get(name) is families.get("classifier")
    families.import_named("classifier")
    families.import_named(None)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no_such_module:FAMILY", "cannot be imported: No module named"),
        ("set_contrastive.models.classifier:NONE", "cannot be imported: module"),
        (":FAMILY", "cannot be imported"),
        ("set_contrastive.models.classifier:build", "must be a Family, got function"),
    ],
)
def test_what_is_no_family_is_one_line(name, told):
    with pytest.raises(UserError, match=told):
        families.import_named(name)

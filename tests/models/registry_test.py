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


def test_an_unknown_family_is_refused():
    with pytest.raises(UserError, match="model .* two_tower, .* got 'three_tower'"):
        families.get("three_tower")

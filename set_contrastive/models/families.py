"""The families of models, by name: a line for each, and those that a user has named.

A family of your own is the record `FAMILY` of any module, `package.module:FAMILY`. Its
name stands in run folders and exports too, which may come from anybody; so `get` finds
it only once `import_named` was told of it, with what the user has typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from set_contrastive.base import named_code
from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec
from set_contrastive.models import classifier
from set_contrastive.models import cross_encoder
from set_contrastive.models import late_interaction
from set_contrastive.models import two_tower
from set_contrastive.models.family import Family

if TYPE_CHECKING:
    from set_contrastive.models.scorer import Scorer

FAMILIES = {
    family.name: family
    for family in (
        two_tower.FAMILY,
        cross_encoder.FAMILY,
        classifier.FAMILY,
        late_interaction.FAMILY,
    )
}


_named: dict[str, Family] = {}  # Those of the user's own, by `package.module:FAMILY`.


def summary() -> str:
    """Returns what each family is, and how one of your own is named."""
    known = "; ".join(f"{name}: {family.summary}" for name, family in FAMILIES.items())
    return f"{known}; or package.module:FAMILY for one of your own."


def import_named(name: str | None) -> None:
    """Imports a family of the user's own, so that `get` finds it in this process.

    Args:
      name: What the user has typed, `package.module:FAMILY`; None and names of the
        project's own families import nothing.

    Raises:
      UserError: If there is no such family.
    """
    if name is None or name in FAMILIES or name in _named:
        return
    if ":" not in name:
        raise UserError(_unknown(name))
    family = named_code.find("model", name)
    if not isinstance(family, Family):
        raise UserError(f"model {name!r} must be a Family, got {type(family).__name__}")
    _named[name] = family


def get(name: str) -> Family:
    """Returns a family; imports none.

    Raises:
      UserError: If there is none of this name; lists those there are.
    """
    found = FAMILIES.get(name) or _named.get(name)
    if found is None:
        raise UserError(_unknown(name))
    return found


def _unknown(name: str) -> str:
    known = ", ".join(FAMILIES)
    if ":" in name:
        return (
            f"model {name!r} is none of {known}; if you trust its code, name it "
            f"yourself with --model={name}"
        )
    return (
        f"model must be one of {known}, or package.module:FAMILY for your own, got "
        f"{name!r}"
    )


def build(spec: GameSpec, config: ModelConfig, dtype: Any = "float32") -> Scorer:
    """Builds the scorer of a game.

    Args:
      spec: Specification of the game.
      config: The model's configuration; `family` chooses the architecture.
      dtype: Precision policy of the transformer, such as `mixed_float16`.

    Raises:
      UserError: If there is no such family, or its vectors are not from there.
    """
    family = get(config.family)
    if config.query_vector not in family.query_vectors_from:
        raise UserError(
            f"query_vector of {family.name} must be one of "
            f"{', '.join(family.query_vectors_from)}, got {config.query_vector!r}"
        )
    return family.build(spec, config, dtype)

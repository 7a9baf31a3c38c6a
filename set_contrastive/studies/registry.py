"""Names of studies: `get("cards_27")` returns the study, `names()` lists them all."""

import importlib

from set_contrastive.base.errors import UserError
from set_contrastive.studies import cards_27
from set_contrastive.studies.study import Study

_STUDIES = {cards_27.STUDY.name: cards_27.STUDY}


def names() -> tuple[str, ...]:
    """Returns the names of the project's own studies."""
    return tuple(_STUDIES)


def get(name: str) -> Study:
    """Returns a study.

    Args:
      name: One of `names()`, or `package.module:STUDY` for a study of your own.

    Raises:
      UserError: If there is no such study; lists the names.
    """
    if name in _STUDIES:
        return _STUDIES[name]
    module, colon, attribute = name.partition(":")
    if not colon:
        raise UserError(
            f"study must be one of {', '.join(names())}, or package.module:STUDY for "
            f"your own, got {name!r}"
        )
    try:
        study = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UserError(f"study {name!r} cannot be imported: {error}") from error
    if not isinstance(study, Study):
        raise UserError(f"study {name!r} must be a Study, got {type(study).__name__}")
    return study

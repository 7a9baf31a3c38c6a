"""Names of studies: `get("cards_27")` returns the study, `names()` lists them all.

`get` imports the module of a study of your own, and those of its families of models, so
it takes only names that the user has typed; names that stand in a file go through
`from_file`.
"""

from set_contrastive.base import named_code
from set_contrastive.base.errors import UserError
from set_contrastive.models import families
from set_contrastive.studies import batch_size_27
from set_contrastive.studies import cards_27
from set_contrastive.studies import cards_81
from set_contrastive.studies import demo
from set_contrastive.studies import late_interaction_27
from set_contrastive.studies import objectives_27
from set_contrastive.studies import restarts_27
from set_contrastive.studies import training_27
from set_contrastive.studies.study import Study
from set_contrastive.studies.trial_study import TrialStudy

_STUDIES = {
    study.name: study
    for study in (
        cards_27.STUDY,
        cards_81.STUDY,
        objectives_27.STUDY,
        late_interaction_27.STUDY,
        training_27.STUDY,
        batch_size_27.STUDY,
        restarts_27.STUDY,
        demo.FULL.study,
        demo.QUICK.study,
    )
}


def names() -> tuple[str, ...]:
    """Returns the names of the project's own studies."""
    return tuple(_STUDIES)


def get(name: str) -> Study | TrialStudy:
    """Returns a study.

    Args:
      name: One of `names()`, or `package.module:STUDY` for a study of your own.

    Raises:
      UserError: If there is no such study; lists the names.
    """
    if name in _STUDIES:
        return _STUDIES[name]
    if ":" not in name:
        raise UserError(
            f"study must be one of {', '.join(names())}, or package.module:STUDY for "
            f"your own, got {name!r}"
        )
    study = named_code.find("study", name)
    if not isinstance(study, Study | TrialStudy):
        raise UserError(
            f"study {name!r} must be a Study or a TrialStudy, got "
            f"{type(study).__name__}"
        )
    if isinstance(study, Study):
        for model in study.models:
            families.import_named(model)
    return study


def from_file(name: str, where: str, named: str | None = None) -> Study | TrialStudy:
    """Returns the study that a file names; imports nothing that only the file names.

    Args:
      name: What the file names.
      where: What the file is, as an error calls it, such as its path.
      named: What the user has named; None if nothing.

    Raises:
      UserError: If the file names another study than the user, or the user named none
        and it is none of `names()`; says how to allow it.
    """
    if named not in (None, name):
        raise UserError(f"{where} names the study {name!r}, asked was {named!r}")
    if named is None and name not in _STUDIES:
        hint = f"; if you trust its code, name it yourself with --study={name}"
        raise UserError(
            f"{where} names the study {name!r}, which is none of "
            f"{', '.join(names())}{hint if ':' in name else ''}"
        )
    return get(name)

"""Which study a folder holds."""

import pathlib

from set_contrastive.base.errors import UserError
from set_contrastive.runs import run_folder
from set_contrastive.studies import registry
from set_contrastive.studies.study import Study
from set_contrastive.studies.trial_study import TrialStudy


def find(
    workdir: pathlib.Path, study_name: str | None = None
) -> tuple[Study | TrialStudy, int]:
    """Returns the study that was swept in a folder, and the number of its seeds.

    Args:
      workdir: The folder.
      study_name: The study, as the user names it; None for the only one that the folder
        holds, if it is one of the project's own.

    Raises:
      UserError: If it is no such folder, holds no such study, several or one of
        somebody's own that the user has not named.
    """
    path = workdir / run_folder.STUDY
    if not path.exists():
        raise UserError(
            f"workdir {workdir} holds no study: {path} does not exist; make one with "
            "python -m set_contrastive.sweep"
        )
    swept = run_folder.read_studies(path)
    if study_name is None and len(swept) > 1:
        raise UserError(
            f"workdir {workdir} holds the studies {', '.join(swept)}; name one of them "
            "with --study"
        )
    name = study_name if study_name in swept else next(iter(swept), "None")
    return registry.from_file(name, str(path), study_name), swept[name]

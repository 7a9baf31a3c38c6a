"""What the command does: explains or grades, and writes what it found."""

import pathlib

from set_contrastive.explaining import drawing
from set_contrastive.explaining import explanation
from set_contrastive.explaining import grading
from set_contrastive.explaining import subject
from set_contrastive.explaining.explain_config import ExplainConfig
from set_contrastive.models import families


def run(config: ExplainConfig) -> str:
    """Explains a score, or grades explanations, and returns the table.

    With `output`, writes `<name>.json` and `<name>.csv`, and the picture of a query as
    `<name>.png` and `<name>.svg`.

    Args:
      config: What to explain, and how.

    Raises:
      UserError: If there is no such scorer, query or key, or no method fits them.
    """
    families.import_named(config.model)
    if config.saved_model is not None:
        subjects = iter([subject.of_saved_model(config.saved_model, config.game)])
    else:
        subjects = (subject.of_run(folder, config.game) for folder in config.workdir)
    output = None if config.output is None else pathlib.Path(config.output)
    if config.grade:
        graded = grading.grade(subjects, config)
        if output is not None:
            graded.save(output)
        return graded.text()
    found = explanation.explain(next(subjects), config)
    if output is not None:
        figure = drawing.figure(found)
        found.result().save(output, [figure])
        (output / f"{figure.name}.svg").write_bytes(figure.render(False))
    return found.text()

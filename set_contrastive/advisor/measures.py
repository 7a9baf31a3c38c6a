"""Measures of a ranking, by the names and with the values of ir-measures."""

import contextlib
import dataclasses
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ir_measures
import numpy as np
import numpy.typing as npt

from set_contrastive.advisor.judgements import Judgements
from set_contrastive.base.errors import UserError

FloatArray = npt.NDArray[np.float64]
# The ranking of one query: document names and their scores.
Ranking = dict[str, float]

# What measures without a cutoff are computed on.
_DEEPEST = 1000
# More than the cutoff, so that ties across it are broken as ir-measures breaks them.
_LEAST_DEPTH = 100

# Families whose values say nothing of a ranking's order.
_COUNTS = ("Num", "Set")

_ALIASES = {
    r"recall@(\d+)": r"R@\1",
    r"precision@(\d+)": r"P@\1",
    r"ndcg@(\d+)": r"nDCG@\1",
    r"mrr@(\d+)": r"RR@\1",
    r"map@(\d+)": r"AP@\1",
}


@dataclasses.dataclass(frozen=True)
class Measure:
    """A measure of ir-measures, for judgements of one threshold of relevance.

    Attributes:
      name: As ir-measures prints it.
      depth: How many of the best documents of each query it needs.
      definition: ir-measures' own object.
    """

    name: str
    depth: int
    definition: Any

    def of(self, judgements: Judgements, rankings: Mapping[str, Ranking]) -> FloatArray:
        """Returns the value of each query of the judgements, `[Q]`.

        A query without a ranking has the value that ir-measures gives it, 0.

        Args:
          judgements: The judgements.
          rankings: For each query, scores of its best documents.
        """
        values: FloatArray = Evaluator([self], judgements)(rankings)[0]
        return values


def parse(text: str, min_relevance: float = 1.0) -> Measure:
    """Returns the measure of a name such as `R@10`, `recall@10`, `nDCG@10` or `RR@10`.

    Args:
      text: The name; names of common use are taken too.
      min_relevance: Grades from here on are relevant, where the measure knows relevant
        and not relevant only.

    Raises:
      UserError: If ir-measures does not know it, or has nothing here to compute it.
    """
    name = text.strip()
    for pattern, known in _ALIASES.items():
        if re.fullmatch(pattern, name, re.IGNORECASE):
            name = re.sub(pattern, known, name, flags=re.IGNORECASE)
    try:
        measure = ir_measures.parse_measure(name)
        measure.validate_params()  # type: ignore[no-untyped-call]  # ir-measures'.
    except (NameError, ValueError, TypeError, AssertionError, SyntaxError) as error:
        raise UserError(
            "measure must be one of ir-measures, such as R@10, nDCG@10 or RR@10, got "
            f"{text!r}"
        ) from error
    if str(measure.NAME).startswith(_COUNTS):
        raise UserError(
            "measure must tell a ranking from another, such as R@10, nDCG@10 or RR@10, "
            f"got {text!r}, which counts what is retrieved in whatever order"
        )
    supports = ir_measures.DefaultPipeline.supports
    if not supports(measure):  # type: ignore[no-untyped-call]  # ir-measures'.
        raise UserError(
            f"measure {text!r} is known to ir-measures, but what computes it is not "
            "installed"
        )
    levels = max(1, int(np.ceil(min_relevance)))
    if levels > 1 and "rel" in measure.SUPPORTED_PARAMS and "rel" not in measure.params:
        measure = measure(rel=levels)
    cutoff = measure.params.get("cutoff", _DEEPEST)
    if cutoff < 1:
        raise UserError(f"measure must have a cutoff of at least 1, got {text!r}")
    return Measure(str(measure), max(cutoff, _LEAST_DEPTH), measure)


def check(measure: Measure, judgements: Judgements) -> None:
    """Computes a measure of a few documents of each query, to see that it can be.

    Some are scripts with demands of their own: ERR's takes numbers as ids only.

    Args:
      measure: The measure.
      judgements: The judgements that it will be asked of.

    Raises:
      UserError: If it cannot be computed of them.
    """
    pairs = judgements
    rankings: dict[str, Ranking] = {
        pairs.query_ids[query]: {pairs.document_ids[document]: 1.0, "\x1f0": 0.0}
        for query, document in zip(
            pairs.query[pairs.relevant].tolist(),
            pairs.document[pairs.relevant].tolist(),
            strict=True,
        )
    }
    try:
        with _quiet():
            measure.of(pairs, rankings)
    except Exception as error:  # Whatever it is: ir-measures' providers have their own.
        raise UserError(
            f"measure {measure.name} must be one that ir-measures can compute of these "
            "judgements, such as R@10, nDCG@10 or RR@10; it ended by "
            f"{type(error).__name__}, as ERR and exp-log2 do unless ids are numbers"
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps off the terminal what a script, such as perl's, says there."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class Evaluator:
    """Computes measures of many rankings of the same judgements.

    Args:
      measures: What to compute.
      judgements: The judgements. Grades that are no whole numbers, which ir-measures
        does not take, count as 1 where they are relevant and 0 elsewhere.
    """

    def __init__(self, measures: Sequence[Measure], judgements: Judgements) -> None:
        self._places = {name: i for i, name in enumerate(judgements.query_ids)}
        # One may be asked for twice, as nDCG@10 is where it is what counts.
        self._definitions = [m.definition for m in measures]
        grades = judgements.grade
        if (grades != np.round(grades)).any():
            level = max(1, int(np.ceil(judgements.min_relevance)))
            grades = np.where(judgements.relevant, level, 0)
        qrels: dict[str, dict[str, int]] = {}
        documents = judgements.document_ids
        for query, document, grade in zip(
            judgements.query.tolist(),
            judgements.document.tolist(),
            grades.astype(np.int64).tolist(),
            strict=True,
        ):
            name = judgements.query_ids[query]
            qrels.setdefault(name, {})[documents[document]] = grade
        self._evaluator = ir_measures.evaluator(list(set(self._definitions)), qrels)

    def __call__(self, rankings: Mapping[str, Ranking]) -> FloatArray:
        """Returns the values, `[measures, Q]`."""
        values = np.zeros((len(self._definitions), len(self._places)))
        for found in self._evaluator.iter_calc(dict(rankings)):
            place = self._places[found.query_id]
            for row, definition in enumerate(self._definitions):
                if definition == found.measure:
                    values[row, place] = found.value
        return values

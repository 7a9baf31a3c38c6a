"""How long a cell takes on one core, about: for the time left, and what comes first.

The constants are those of one machine, and trainings end when they gain no more, so an
estimate may be wrong by a factor of a few; what matters is that it grows as the work.
"""

from set_contrastive.advisor import reached
from set_contrastive.advisor import several
from set_contrastive.advisor.cells import Cell
from set_contrastive.advisor.inputs import Inputs

# Seconds of a float32 product and sum in a product of matrices.
_PRODUCT = 1e-10
# Seconds of a score in a step of training, beside that.
_SCORE = 1.5e-8
# The same of a product with one of several vectors.
_PRODUCT_OF_SEVERAL = 5e-8
# Seconds in which a query's ranking is measured.
_RANKING = 4e-5
_PRECISIONS = 4
# Steps that a head is trained for until it gains no more.
_HEAD_STEPS = 100
# Steps of a search for the best vectors of one side, and how often it is done.
_FREE_STEPS, _FREE_SEARCHES = 100, 3
# Candidates that heads and free vectors are trained on are no more than this.
_CANDIDATES = 20_000
_MOST_FREE = 3_000


def minutes(inputs: Inputs, cell: Cell) -> float:
    """Returns the estimate of a cell, in minutes."""
    if cell.kind == "reached":
        seconds = _reached(inputs, cell.values[1])
    elif cell.kind == "several":
        seconds = _several(inputs, *cell.values[:2])
    elif cell.kind == "learned":
        seconds = _heads(inputs, cell.values[0])
    elif cell.kind == "yours":
        drawings = inputs.config.seeds if cell.values[0] == "random" else 1
        seconds = drawings * _PRECISIONS * _scan(inputs, cell.values[1])
    else:
        dim = cell.values[1]
        seconds = _heads(inputs, dim) + _free(inputs, dim) + 5 * _scan(inputs, dim)
    return (0.2 + seconds) / 60


def _reached(inputs: Inputs, dim: int) -> float:
    """Returns seconds of a training of free vectors, which more dimensions shorten."""
    size = inputs.trained.mask.size
    return reached.steps(size) * size * (_SCORE + _PRODUCT * min(dim, 64))


def _several(inputs: Inputs, number: int, dim: int) -> float:
    """Returns seconds of a training of several free vectors of a document."""
    size = inputs.trained.mask.size
    each = number * size * (_PRODUCT_OF_SEVERAL + 3 * _PRODUCT * dim)
    return several.steps(size, number) * each


def _scan(inputs: Inputs, dim: int) -> float:
    """Returns seconds of a search of all documents for all queries, measured."""
    queries, documents, width = _sizes(inputs)
    products = documents * dim * (queries + width)
    return _PRODUCT * products + _RANKING * queries


def _heads(inputs: Inputs, dim: int) -> float:
    """Returns seconds of heads that are learned on each fold's complement."""
    queries, documents, width = _sizes(inputs)
    candidates = min(documents, _CANDIDATES)
    products = queries * candidates * dim + (queries + candidates) * width * dim
    of_fold = 0.5 + 3 * _PRODUCT * _HEAD_STEPS * products
    return inputs.config.folds * (of_fold + _RANKING * queries)


def _free(inputs: Inputs, dim: int) -> float:
    """Returns seconds of searches for the best vectors of one side."""
    queries, documents, _ = _sizes(inputs)
    scores = queries * min(documents, _MOST_FREE)
    step = scores * (_SCORE + 3 * _PRODUCT * dim)
    return _FREE_SEARCHES * _FREE_STEPS * step


def _sizes(inputs: Inputs) -> tuple[int, int, int]:
    """Returns the numbers of queries, of documents, and of their coordinates."""
    assert inputs.collection is not None
    documents, width = inputs.collection.documents.shape
    return len(inputs.judgements.query_ids), documents, width

r"""How well do vectors of a dimension do that no network has to compute?

The KL floor of games, which key and query vectors reach that are optimized directly, on
the queries of the test split, beside what models were trained to:

    python -m set_contrastive.theory.free_embedding \
        --games=set_27,wildcard_27,union_27,symdiff_27,shatter_27 \
        --dims=4,8,16,20,24,27 --restarts=3 --output=theory

Cells that the output folder holds already are not searched again.

With --limit, the largest number of documents all of whose pairs such vectors retrieve,
as in arXiv 2508.21038; with --compare for all objectives, normalized and not:

    python -m set_contrastive.theory.free_embedding --limit --dims=4,5,6,7,8,9,10
    python -m set_contrastive.theory.free_embedding --limit --compare
"""

import itertools
import pathlib

from absl import flags

from set_contrastive.base import command_line
from set_contrastive.base.errors import UserError
from set_contrastive.theory.free_embedding import critical
from set_contrastive.theory.free_embedding import figures
from set_contrastive.theory.free_embedding import search
from set_contrastive.theory.free_embedding import table
from set_contrastive.theory.free_embedding import top_two
from set_contrastive.theory.result import Result

_FLOORS = search.Settings()
_TRAINING = top_two.Settings()
_DEFAULT_MEASURED = "docs/results/cards_27.csv"

_DIMS = flags.DEFINE_list(
    "dims", None, "Dimensions; 4,8,16,20,24,27 by default, 4 to 10 with --limit."
)
# Columns of the floors that fit a terminal; the files hold all.
_SHOWN = (
    "game",
    "vector_dim",
    "kl_nats",
    "spread",
    "inner_gap",
    "moderate_kl_nats",
    "trained_kl_nats",
    "learning",
    "study_kl_nats",
)

_RESTARTS = flags.DEFINE_integer("restarts", _FLOORS.restarts, "Independent searches.")
_SEED = flags.DEFINE_integer("seed", _FLOORS.seed, "Seed of the first of them.")
_OUTPUT = flags.DEFINE_string("output", "theory", "Folder that the results go to.")

_GAMES = flags.DEFINE_list(
    "games",
    ["set_27", "wildcard_27", "union_27", "symdiff_27", "shatter_27"],
    "Games whose floors are searched; package.module:factory for your own.",
)
_NUM_QUERIES = flags.DEFINE_integer(
    "num_queries",
    _FLOORS.num_queries,
    "Queries of the test split, of games that do not list all.",
)
_DECADES = flags.DEFINE_integer(
    "decades", _FLOORS.decades, "The last ridge is 10^-decades."
)
_MEASURED = flags.DEFINE_string(
    "measured",
    None,
    f"CSV of trained models; {_DEFAULT_MEASURED} by default, if it is there.",
)

_LIMIT = flags.DEFINE_bool(
    "limit", False, "Search critical numbers of documents in place of floors."
)
_OBJECTIVE = flags.DEFINE_enum(
    "objective",
    _TRAINING.objective,
    list(top_two.OBJECTIVES),
    "With --limit: what falls.",
)
_NORMALIZE = flags.DEFINE_bool(
    "normalize", _TRAINING.normalize, "With --limit: whether vectors have length one."
)
_COMPARE = flags.DEFINE_bool(
    "compare", False, "With --limit: all objectives, normalized and not."
)
_MAX_DOCUMENTS = flags.DEFINE_integer(
    "max_documents", 64, "With --limit: documents at most."
)
_MAX_STEPS = flags.DEFINE_integer(
    "max_steps", _TRAINING.max_steps, "With --limit: steps of a training at most."
)


def _dims(default: str) -> list[int]:
    texts = default.split(",") if _DIMS.value is None else _DIMS.value
    try:
        return [int(text) for text in texts]
    except ValueError as error:
        raise UserError(
            f"dims must be numbers such as 4,8,16, got {','.join(texts)!r}"
        ) from error


def _search_limit() -> Result:
    one = [(_OBJECTIVE.value, _NORMALIZE.value)]
    every = itertools.product(top_two.OBJECTIVES, (True, False))
    trainings = [
        top_two.Settings(objective, normalize, max_steps=_MAX_STEPS.value)
        for objective, normalize in (every if _COMPARE.value else one)
    ]
    return critical.compute(
        _dims("4,5,6,7,8,9,10"),
        _RESTARTS.value,
        _SEED.value,
        _MAX_DOCUMENTS.value,
        trainings,
    )


def _search_floors(output: pathlib.Path) -> tuple[Result, Result]:
    settings = search.Settings(
        restarts=_RESTARTS.value,
        num_queries=_NUM_QUERIES.value,
        seed=_SEED.value,
        decades=_DECADES.value,
    )
    measured = pathlib.Path(_MEASURED.value or _DEFAULT_MEASURED)
    is_there = _MEASURED.value is not None or measured.exists()
    return table.compute(
        _GAMES.value,
        _dims("4,8,16,20,24,27"),
        settings,
        output,
        measured if is_there else None,
    )


def main(argv: list[str]) -> None:
    """Searches, prints and writes."""
    del argv
    output = pathlib.Path(_OUTPUT.value)
    shown: tuple[str, ...] = ()
    if _LIMIT.value:
        result = _search_limit()
    else:
        result, paths = _search_floors(output)
        paths.save(output, figures.figures(paths))
        shown = _SHOWN
    result.save(output, figures.figures(result))
    print(result.table(shown))
    print(f"Wrote {output / result.name}.json")


def run() -> None:
    """Starts the command."""
    command_line.run(main)


if __name__ == "__main__":
    run()

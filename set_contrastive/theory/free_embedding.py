r"""How well do vectors of a dimension do that no network has to compute?

The least KL of games that was found by optimizing key and query vectors directly, on
the queries of the test split, beside what models were trained to:

    python -m set_contrastive.theory.free_embedding \
        --games=set_27,wildcard_27,union_27,symdiff_27,shatter_27 \
        --dims=4,8,16,20,24,27 --restarts=3 --output=theory

Cells that the output folder holds already are not searched again, but for more
--restarts.

With --vectors_per_key, the least KL found for several vectors of a key, whose best
product counts (MaxSim), beside what one vector of as many numbers was found to reach:

    python -m set_contrastive.theory.free_embedding --games=union_27 --dims=4 \
        --vectors_per_key=2,4,8 --output=theory

With --limit, the largest number of documents all of whose pairs such vectors retrieve,
as in arXiv 2508.21038; with --compare for all objectives, normalized and not:

    python -m set_contrastive.theory.free_embedding --limit --dims=4,5,6,7,8,9,10
    python -m set_contrastive.theory.free_embedding --limit --compare
"""

import dataclasses
import itertools
import os
import pathlib

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import critical
from set_contrastive.free_vectors import late_training
from set_contrastive.free_vectors import objectives
from set_contrastive.free_vectors import search
from set_contrastive.games import registry
from set_contrastive.games import splits
from set_contrastive.theory import tool
from set_contrastive.theory.floors import figures
from set_contrastive.theory.floors import one_vector
from set_contrastive.theory.floors import several_vectors

_DEFAULT_MEASURED = ("docs/results/cards_27.csv", "docs/results/cards_81.csv")

# What --compare compares.
_OBJECTIVES = ("infonce", "margin", "sigmoid")


@dataclasses.dataclass(frozen=True)
class Options:
    """What to search, and how."""

    # Dimensions; 4,8,16,20,24,27 by default, 4 to 10 with --limit, 4,8 with
    # --vectors_per_key.
    dims: tuple[int, ...] | None = None
    # Independent searches.
    restarts: int = 3
    # Seed of the first of them.
    seed: int = 0
    # Games whose least KL is searched; package.module:factory for your own.
    games: tuple[str, ...] = (
        *("set_27", "wildcard_27", "union_27", "symdiff_27", "shatter_27"),
    )
    # Queries of the test split, of games that do not list all.
    num_queries: int = splits.HELD_OUT_SIZE
    # The last ridge is 10^-decades.
    decades: int = 8
    # Several vectors of a key, in place of one: how many.
    vectors_per_key: tuple[int, ...] | None = None
    # With --vectors_per_key: vectors of a query.
    vectors_per_query: int = 8
    # With --vectors_per_key: steps of a training.
    late_steps: int = late_training.Settings.steps
    # CSVs of trained models; those of docs/results by default, if they are there.
    measured: tuple[str, ...] | None = None
    # Whether to search critical numbers of documents in place of the least KL.
    limit: bool = False
    # With --limit: what falls.
    objective: str = critical.SETTINGS.objective
    # With --limit: whether vectors have length one.
    normalize: bool = critical.SETTINGS.normalize
    # With --limit: whether to train on all objectives, normalized and not.
    compare: bool = False
    # With --limit: documents at most.
    max_documents: int = 64
    # With --limit: steps of a training at most.
    max_steps: int = critical.SETTINGS.max_steps

    def __post_init__(self) -> None:
        for name, values in (
            ("games", self.games),
            ("dims", self.dims),
            ("vectors_per_key", self.vectors_per_key),
            ("measured", self.measured),
        ):
            if values == ():
                raise UserError(f"{name} must list at least one value, got none")
        for name, values in (
            ("dims", self.dims),
            ("vectors_per_key", self.vectors_per_key),
            ("vectors_per_query", (self.vectors_per_query,)),
        ):
            for value in values or ():
                if value < 1:
                    raise UserError(f"{name} must be at least 1, got {value}")
        if self.limit and self.vectors_per_key:
            raise UserError("vectors_per_key must not be given with limit")
        for name, least in (("restarts", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise UserError(
                    f"{name} must be at least {least}, got {getattr(self, name)}"
                )


def compute(options: Options, output: pathlib.Path) -> tuple[Result]:
    """Returns the table of the least KLs, of one or several vectors, or of numbers."""
    if options.limit:
        return (_limit(options),)
    if options.vectors_per_key:
        return (_late(options, output),)
    return (_floors(options, output),)


def _limit(options: Options) -> Result:
    one = [(options.objective, options.normalize)]
    every = itertools.product(_OBJECTIVES, (True, False))
    ways = [
        dataclasses.replace(
            critical.SETTINGS,
            objective=objective,
            normalize=normalize,
            max_steps=options.max_steps,
        )
        for objective, normalize in (every if options.compare else one)
    ]
    return critical.compute(
        options.dims or tuple(range(4, 11)),
        options.restarts,
        options.seed,
        options.max_documents,
        ways,
    )


def _late(options: Options, output: pathlib.Path) -> Result:
    settings = late_training.Settings(
        options.restarts, options.num_queries, options.seed, options.late_steps
    )
    cells = [
        several_vectors.Cell(
            registry.get(game), dim, per_key, options.vectors_per_query
        )
        for game in options.games
        for dim in options.dims or (4, 8)
        for per_key in options.vectors_per_key or ()
    ]
    return several_vectors.compute(cells, settings, output)


def _floors(options: Options, output: pathlib.Path) -> Result:
    settings = search.Settings(
        restarts=options.restarts,
        num_queries=options.num_queries,
        seed=options.seed,
        decades=options.decades,
    )
    measured = options.measured or filter(os.path.exists, _DEFAULT_MEASURED)
    result, paths = one_vector.compute(
        options.games,
        options.dims or (4, 8, 16, 20, 24, 27),
        settings,
        output,
        tuple(map(pathlib.Path, measured)),
    )
    paths.save(output, figures.figures(paths))
    return result


TOOL = tool.Tool(
    "free_embedding",
    Options,
    compute,
    figures.figures,
    (
        tool.Topic(
            "The least KL found",
            "The smallest KL that vectors of dimension d were found to reach, by "
            "optimizing the vectors of queries and keys themselves. It is an upper "
            "bound of the floor, the least that d allows: what a trained model has "
            "above it is left to learn, and there may be more; what lies below it was "
            "not found, which does not say that it is not to be had with that d.",
            one_vector.NAME,
        ),
        tool.Topic(
            "The least KL found for several vectors of a key",
            "The same where a key has several vectors, of which the one that is "
            "closest to a query counts, found by training alone: an upper bound. What "
            "a comparison must hold equal are the numbers that a key takes.",
            several_vectors.NAME,
        ),
        tool.Topic(
            "The critical number of documents",
            "The largest number of documents of which free vectors of dimension d were "
            "trained to retrieve every pair.",
            critical.NAME,
        ),
    ),
    choices={"objective": tuple(objectives.OBJECTIVES)},
    columns={
        one_vector.NAME: (
            *("game", "vector_dim", "kl_nats", "spread", "inner_gap"),
            *("moderate_kl_nats", "trained_kl_nats", "learning", "study_kl_nats"),
        ),
        several_vectors.NAME: (
            *("game", "vector_dim", "vectors_per_key", "floats_per_key", "kl_nats"),
            *("spread", "overlap", "one_vector_kl_nats"),
        ),
    },
)

if __name__ == "__main__":
    tool.run(TOOL)

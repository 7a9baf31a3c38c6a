"""Which loss, and does a larger batch of negatives help?

Two-towers of too few, of barely enough and of enough dimensions, on the three games
whose queries pick the most subsets, by every objective. Those with in-batch negatives
are trained with three sizes of batch, all seeing as many queries, with and without
false negatives in the denominators; `cross_entropy_support`, whose negatives are all
keys whatever the batch, tells what a batch does apart from its negatives. Few steps:
what differs between objectives shows long before the last digit of the KL.
"""

from typing import Any

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.views import Lines
from set_contrastive.studies.views import Section

_DIMS = (4, 16, 27)
_ALL_KEYS = ("cross_entropy", "cross_entropy_support", "sigmoid_support", "margin")
_CONTROL = ("cross_entropy_support",)
_IN_BATCH = ("infonce", "infonce_support", "sigmoid")
# All see the queries of so many steps of 256; the rate follows the batch's square root.
# Of symdiff_27 more are short ones and its warm-up is longer, or it stays on a plateau.
_BATCH, _RATE = 256, 0.015
_STEPS = {"union_27": 192, "symdiff_27": 256, "shatter_27": 128}
_WARMUP = {"union_27": 1 / 4, "symdiff_27": 1 / 2, "shatter_27": 1 / 4}
_PAIRS = {"union_27": ((2, 1 / 4),), "symdiff_27": ((2, 1 / 2), (4, 1 / 4))}
_OTHER_BATCHES = (64, 1024)


def _grid(game: str, batch_size: int, factors: dict[str, tuple[Any, ...]]) -> Grid:
    steps = _STEPS[game] * _BATCH // batch_size
    levels: dict[str, tuple[Any, ...]] = {
        "game": (game,),
        "model": ("two_tower",),
        "vector_dim": _DIMS,
        "batch_size": (batch_size,),
        "steps": (steps,),
        "warmup_steps": (round(_WARMUP[game] * steps),),
        "learning_rate": (_RATE * (batch_size / _BATCH) ** 0.5,),
        # At the end alone: no curve of these is shown.
        "eval_every": (steps,),
        # So few steps do not pay for compiling what no other cell could take.
        "xla": (False,),
        **factors,
    }
    if game in _PAIRS:
        shorter = ((pairs, round(share * steps)) for pairs, share in _PAIRS[game])
        levels["curriculum"] = ((*shorter, (8, None)),)
    return Grid(levels, preset="light")


def _grids(batch_size: int, **factors: tuple[Any, ...]) -> tuple[Grid, ...]:
    """Returns a grid for each game."""
    return tuple(_grid(game, batch_size, factors) for game in _STEPS)


_PANELS = "A panel per game, mean over the seeds."
_MEASURES = (("kl_nats", "KL"), ("top_k_overlap", "Top-K overlap"))

STUDY = study.Study(
    name="objectives_27",
    title="Which loss, and does a larger batch of negatives help?",
    grids=(
        *_grids(_BATCH, objective=_ALL_KEYS),
        *(grid for size in _OTHER_BATCHES for grid in _grids(size, objective=_CONTROL)),
        *(
            grid
            for size in (_BATCH, *_OTHER_BATCHES)
            for grid in _grids(
                size, objective=_IN_BATCH, mask_false_negatives=(False, True)
            )
        ),
    ),
    sections=(
        Section(
            "Which loss",
            "KL and top-K overlap, which is the recall at the subset's size, of every "
            f"objective after {_STEPS['union_27']}, {_STEPS['symdiff_27']} and "
            f"{_STEPS['shatter_27']} steps of {_BATCH} queries.",
            tuple(
                Lines(
                    f"{measure}_by_objective",
                    f"{title} against the dimension, a line per objective. {_PANELS}",
                    x="vector_dim",
                    line=("objective",),
                    measure=measure,
                    where={"batch_size": (_BATCH,), "mask_false_negatives": (False,)},
                    least_found=measure == "kl_nats",
                )
                for measure, title in _MEASURES
            ),
        ),
        Section(
            "Does a larger batch help",
            "As many queries seen whatever the batch. The negatives of "
            "cross_entropy_support are all keys; those of the others are the keys of "
            "the batch.",
            tuple(
                Lines(
                    f"{measure}_by_batch_d{dim}",
                    f"{title} at d = {dim} against the batch; dashed: keys that match "
                    f"too are left out of the denominators. {_PANELS}",
                    x="batch_size",
                    line=("objective", "mask_false_negatives"),
                    measure=measure,
                    where={
                        "vector_dim": (dim,),
                        "objective": (*_IN_BATCH, *_CONTROL),
                    },
                    log_x=True,
                )
                for dim in _DIMS
                for measure, title in _MEASURES
            ),
        ),
    ),
)

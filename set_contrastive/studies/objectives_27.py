"""Which loss, and does a larger batch of negatives help?

Two-towers of too few, of barely enough and of enough dimensions, on the three games
whose queries pick the most subsets, by every objective. Those with in-batch negatives
are trained with three sizes of batch, all seeing as many queries, and with and without
false negatives in the denominators. Few steps: what differs between objectives is
settled long before the last digit of the KL is.
"""

from typing import Any

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.views import Lines
from set_contrastive.studies.views import Section

_SHARED: dict[str, tuple[Any, ...]] = {
    "game": ("union_27", "symdiff_27", "shatter_27"),
    "model": ("two_tower",),
    "vector_dim": (4, 16, 27),
    "curriculum": ((),),
}
_ALL_KEYS = ("cross_entropy", "cross_entropy_support", "sigmoid_support", "margin")
_IN_BATCH = ("infonce", "infonce_support", "sigmoid")
# All see the queries of so many steps of 256.
_BATCH, _STEPS = 256, 600
_OTHER_BATCHES = (64, 1024)


def _in_batch(batch_size: int, masks: tuple[bool, ...]) -> Grid:
    return Grid(
        {
            **_SHARED,
            "objective": _IN_BATCH,
            "mask_false_negatives": masks,
            "batch_size": (batch_size,),
            "steps": (_STEPS * _BATCH // batch_size,),
        }
    )


_USUAL = {"batch_size": (_BATCH,), "mask_false_negatives": (False,)}
_COLUMNS = "A panel per game, mean over the seeds."

STUDY = study.Study(
    name="objectives_27",
    title="Which loss, and does a larger batch of negatives help?",
    grids=(
        Grid({**_SHARED, "objective": _ALL_KEYS, "steps": (_STEPS,)}),
        _in_batch(_BATCH, (False, True)),
        *(_in_batch(size, (False, True)) for size in _OTHER_BATCHES),
    ),
    sections=(
        Section(
            "Which loss",
            "KL and top-K overlap, which is the recall at the subset's size, of every "
            f"objective after {_STEPS} steps of {_BATCH} queries.",
            tuple(
                Lines(
                    f"{measure}_by_objective",
                    f"{title} against the dimension, a line per objective. {_COLUMNS}",
                    x="vector_dim",
                    line=("objective",),
                    measure=measure,
                    where=_USUAL,
                    least_found=measure == "kl_nats",
                )
                for measure, title in (
                    ("kl_nats", "KL"),
                    ("top_k_overlap", "Top-K overlap"),
                )
            ),
        ),
        Section(
            "Does a larger batch help",
            "Objectives whose negatives are the other keys of the batch, with as many "
            "queries seen whatever the batch.",
            tuple(
                Lines(
                    f"{measure}_by_batch_d{dim}",
                    f"{title} at d = {dim} against the batch; dashed: keys that match "
                    f"too are left out of the denominators. {_COLUMNS}",
                    x="batch_size",
                    line=("objective", "mask_false_negatives"),
                    measure=measure,
                    where={"vector_dim": (dim,), "objective": _IN_BATCH},
                    log_x=True,
                )
                for dim in _SHARED["vector_dim"]
                for measure, title in (
                    ("kl_nats", "KL"),
                    ("top_k_overlap", "Top-K overlap"),
                )
            ),
        ),
    ),
)

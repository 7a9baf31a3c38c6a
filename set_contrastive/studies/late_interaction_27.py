"""What do several vectors of a key buy, at equal bytes?

4, 8, 16 and 24 floats of a key as one, two and four vectors, beside a cross-encoder and
the least KL found for one vector. One vector is a two-tower. A query has several
vectors where a key has: they cost an index nothing. Fewer steps than cards_27 takes,
the same for one vector and several; with several, union_27 has the recipe's 200 steps
of two pairs in full, without which a run may stay on its plateau.
"""

from typing import Any

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.views import Curves
from set_contrastive.studies.views import Lines
from set_contrastive.studies.views import Section

_STEPS = {"union_27": 1000, "symdiff_27": 1600, "shatter_27": 1000}
_FLOATS = (4, 8, 16, 24)
_VECTORS = (2, 4)


# In place of what the preset stretches to the steps.
_CURRICULUM: dict[str, dict[str, tuple[Any, ...]]] = {
    "union_27": {"curriculum": (((2, 200), (8, None)),)}
}


def _grids(game: str, steps: int) -> tuple[Grid, ...]:
    shared: dict[str, tuple[Any, ...]] = {"game": (game,), "steps": (steps,)}
    return (
        Grid(
            {**shared, "model": ("two_tower",), "vector_dim": _FLOATS}, preset="light"
        ),
        *(
            Grid(
                {
                    **shared,
                    **_CURRICULUM.get(game, {}),
                    "model": ("late_interaction",),
                    "query_vectors": (8,),
                    "key_vectors": (vectors,),
                    "vector_dim": tuple(floats // vectors for floats in _FLOATS),
                },
                preset="light",
            )
            for vectors in _VECTORS
        ),
        Grid({"game": (game,), "model": ("cross_encoder",)}, preset="light"),
    )


_LEVEL = {"model": ("cross_encoder",)}

STUDY = study.Study(
    name="late_interaction_27",
    title="What lies between one vector and a cross-encoder, at equal bytes?",
    grids=tuple(grid for item in _STEPS.items() for grid in _grids(*item)),
    sections=(
        Section(
            "Several vectors of a key",
            "A key takes as many floats whether they are one vector, two or four; the "
            "score of several is MaxSim, the sum over the query's vectors of the "
            "largest product.",
            (
                Lines(
                    "kl_by_floats",
                    "KL against the floats of a key, a line per number of its vectors. "
                    "Dashed: the cross-encoder. Marks: the least KL found for any one "
                    "vector of as many floats.",
                    x="floats_per_key",
                    line=("model", "key_vectors"),
                    level=_LEVEL,
                    least_found=True,
                ),
                Lines(
                    "overlap_by_floats",
                    "Top-K overlap against the floats of a key. Dashed: the "
                    "cross-encoder.",
                    x="floats_per_key",
                    line=("model", "key_vectors"),
                    level=_LEVEL,
                    measure="top_k_overlap",
                ),
            ),
        ),
        Section(
            "Training",
            "Whether a run has left its plateau is seen in its validations.",
            (
                Curves(
                    "curves",
                    "Validation KL of models with several vectors of a key.",
                    line=("key_vectors", "vector_dim"),
                    where={"model": ("late_interaction",)},
                ),
            ),
        ),
    ),
)

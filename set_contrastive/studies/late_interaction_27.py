"""What do several vectors of a key buy, at equal bytes?

4, 8, 16 and 24 floats of a key as one, two and four vectors, beside a cross-encoder and
the least KL found for one vector. One vector is a two-tower. A query has several
vectors where a key has: they cost an index nothing. All models of a game but the
cross-encoder have one reader, which is trained once; two-towers and cross-encoders are
cells of cards_27.
"""

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.views import Lines
from set_contrastive.studies.views import Section

_GAMES = ("union_27", "symdiff_27", "shatter_27")
_FLOATS = (4, 8, 16, 24)
_VECTORS = (2, 4)


def _grids() -> tuple[Grid, ...]:
    several = (
        Grid(
            {
                "game": _GAMES,
                "model": ("late_interaction",),
                "key_vectors": (vectors,),
                "vector_dim": tuple(floats // vectors for floats in _FLOATS),
            }
        )
        for vectors in _VECTORS
    )
    return (
        Grid({"game": _GAMES, "model": ("two_tower",), "vector_dim": _FLOATS}),
        *several,
        Grid({"game": _GAMES, "model": ("cross_encoder",)}),
    )


_LEVEL = {"model": ("cross_encoder",)}

STUDY = study.Study(
    name="late_interaction_27",
    title="What lies between one vector and a cross-encoder, at equal bytes?",
    grids=_grids(),
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
    ),
)

"""The study of 2021's findings on training: which of them hold here?

Warm-up on a logarithmic scale by schedule; how keys and symbols start; inner product or
cosine; and whether a harder game wants a gentler schedule. Two-towers of 27 dimensions,
which suffice, so that all that is measured is the training.
"""

from typing import Any

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.views import Curves
from set_contrastive.studies.views import Lines
from set_contrastive.studies.views import Section

_SCHEDULES = ("transformer", "cosine", "stepwise")
_WARMUPS = (10, 100, 1000)
# Hardest last, with as many steps as each needs.
_STEPS = {"wildcard_27": 600, "union_27": 600, "symdiff_27": 1200}


def _grid(game: str, **factors: tuple[Any, ...]) -> Grid:
    return Grid(
        {
            "game": (game,),
            "model": ("two_tower",),
            "vector_dim": (27,),
            "steps": (_STEPS[game],),
            "eval_every": (50,),
            **factors,
        },
        preset="light",
    )


_USUAL: dict[str, tuple[Any, ...]] = {
    "key_init": ("uniform",),
    "symbol_init": ("scaled",),
    "similarity": ("dot",),
}
_WARM: dict[str, tuple[Any, ...]] = {"warmup_steps": (100,)}
_COSINE: dict[str, tuple[Any, ...]] = {"similarity": ("cosine",)}
_MEASURES = (
    ("steps_to_kl", "Steps to the KL"),
    ("left_plateau", "Share of the runs that leave the plateau"),
    ("kl_nats", "KL at the end"),
)

STUDY = study.Study(
    name="training_27",
    title="Which of the findings on training of the study of 2021 hold?",
    grids=(
        *(_grid(game, schedule=_SCHEDULES, warmup_steps=_WARMUPS) for game in _STEPS),
        _grid("union_27", **_WARM, key_init=("normal", "word2vec")),
        _grid("union_27", **_WARM, symbol_init=("unit",)),
        _grid("union_27", **_WARM, **_COSINE, temperature=(1.0, 0.07)),
        _grid("union_27", **_WARM, **_COSINE, learn_temperature=(True,)),
    ),
    measures=("steps_to_kl", "left_plateau"),
    sections=(
        Section(
            "Warm-up and schedule",
            "A panel per game, the hardest last: steps of warm-up by schedule.",
            tuple(
                Lines(
                    f"{measure}_by_warmup",
                    f"{title} against the warm-up, a line per schedule.",
                    x="warmup_steps",
                    line=("schedule",),
                    measure=measure,
                    where=_USUAL,
                    log_x=True,
                )
                for measure, title in _MEASURES
            ),
        ),
        Section(
            "How keys and symbols start",
            "Keys as in the study of 2021, as unit vectors in the mean, or as word2vec "
            "has them; symbols as unit vectors or with deviation 1.",
            (
                Curves(
                    "curves_by_init",
                    "Validation KL by how keys and symbols start.",
                    line=("key_init", "symbol_init"),
                    where={
                        "game": ("union_27",),
                        "similarity": ("dot",),
                        "schedule": ("cosine",),
                        **_WARM,
                    },
                ),
            ),
        ),
        Section(
            "Inner product or cosine",
            "Cosines alone, or divided by a temperature that is fixed or learned.",
            (
                Curves(
                    "curves_by_similarity",
                    "Validation KL by similarity.",
                    line=("similarity", "temperature", "learn_temperature"),
                    where={
                        "game": ("union_27",),
                        "key_init": ("uniform",),
                        "symbol_init": ("scaled",),
                        "schedule": ("cosine",),
                        **_WARM,
                    },
                ),
            ),
        ),
    ),
)

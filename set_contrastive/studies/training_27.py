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
_USUAL: dict[str, tuple[Any, ...]] = {"model": ("two_tower",), "vector_dim": (27,)}
_WILDCARD = {**_USUAL, "game": ("wildcard_27",)}
_UNION = {**_USUAL, "game": ("union_27",)}
_WHERE = {"key_init": ("uniform",), "symbol_init": ("scaled",), "similarity": ("dot",)}

STUDY = study.Study(
    name="training_27",
    title="Which of the findings on training of the study of 2021 hold?",
    grids=(
        Grid({**_UNION, "schedule": _SCHEDULES, "warmup_steps": _WARMUPS}),
        Grid({**_UNION, "key_init": ("normal", "word2vec")}),
        Grid({**_UNION, "symbol_init": ("unit",)}),
        Grid({**_UNION, "similarity": ("cosine",), "temperature": (1.0, 0.07)}),
        Grid({**_UNION, "similarity": ("cosine",), "learn_temperature": (True,)}),
        Grid({**_WILDCARD, "schedule": _SCHEDULES, "warmup_steps": _WARMUPS}),
    ),
)

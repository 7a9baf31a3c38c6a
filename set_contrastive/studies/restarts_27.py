"""Do cosine restarts free a run from a plateau?

Two-towers of 27 dimensions, which suffice, on the game that stays longest on its
plateau, with queries of full length from the first step, and after short ones.
"""

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.views import Curves
from set_contrastive.studies.views import Lines
from set_contrastive.studies.views import Section

_STEPS, _SHORT = 1600, 200

STUDY = study.Study(
    name="restarts_27",
    title="Do cosine restarts free a run from a plateau?",
    grids=(
        Grid(
            {
                "game": ("symdiff_27",),
                "model": ("two_tower",),
                "vector_dim": (27,),
                "steps": (_STEPS,),
                "warmup_steps": (100,),
                "eval_every": (50,),
                "schedule": ("constant", "cosine", "cosine_restarts"),
                "curriculum": (((8, None),), ((2, _SHORT), (8, None))),
            },
            preset="light",
        ),
    ),
    measures=("steps_to_kl", "left_plateau"),
    sections=(
        Section(
            "The learning rate over the steps",
            f"A run of {_STEPS} steps has restarts after a seventh and three sevenths "
            "of the steps after its warm-up.",
            (
                Curves(
                    "curves",
                    "Validation KL by schedule, with and without short queries first.",
                    line=("schedule",),
                    panel="curriculum",
                ),
                Lines(
                    "left_plateau_by_schedule",
                    "Share of the runs that leave the plateau.",
                    x="schedule",
                    line=("curriculum",),
                    measure="left_plateau",
                ),
            ),
        ),
    ),
)

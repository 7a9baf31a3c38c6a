"""How large a batch still pays, and does the gradient noise scale tell?

Validation KL against the queries seen, for batches from 16 to 4,096, with the gradient
noise scale of arXiv 1812.06162 measured at each validation. A large batch takes fewer
steps and more queries to the same KL; where both cost alike lies the critical batch.
Learning rates follow the square root of the batch, as that of an optimizer with
normalized steps should.
"""

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.views import Curves
from set_contrastive.studies.views import Lines
from set_contrastive.studies.views import Section

# Of the recipe, which is for batches of 256, and its steps of short queries.
_RATE, _WARMUP, _BATCH, _SHORT = 0.015, 300, 256, 200
# Steps by batch: until the KL no longer falls fast, or so that a cell takes minutes.
_STEPS = {16: 6000, 64: 2400, 256: 1200, 1024: 400, 4096: 160}
_VALIDATIONS, _NOISE_BATCHES = 10, 4


def _grid(batch_size: int, steps: int) -> Grid:
    return Grid(
        {
            "game": ("union_27",),
            "model": ("two_tower",),
            "objective": ("cross_entropy_support", "infonce"),
            "batch_size": (batch_size,),
            "steps": (steps,),
            "learning_rate": (_RATE * (batch_size / _BATCH) ** 0.5,),
            "warmup_steps": (min(_WARMUP, steps // 5),),
            "schedule": ("constant",),  # So that a curve does not know its end.
            "curriculum": (((2, _SHORT * _BATCH // batch_size), (8, None)),),
            "eval_every": (steps // _VALIDATIONS,),
            "noise_batches": (_NOISE_BATCHES,),
        },
        preset="light",
    )


STUDY = study.Study(
    name="batch_size_27",
    title="How large a batch still pays?",
    grids=tuple(_grid(*item) for item in _STEPS.items()),
    measures=("steps_to_kl", "examples_to_kl", "noise_scale"),
    sections=(
        Section(
            "KL against the queries seen",
            "Where the curves of two batches lie on each other, the larger one costs "
            "no more queries and fewer steps.",
            (
                Curves(
                    "curves",
                    "Validation KL against the queries seen, a line per batch.",
                    line=("batch_size",),
                    panel="objective",
                    x="examples",
                ),
            ),
        ),
        Section(
            "The critical batch and the noise scale",
            "Steps and queries until a KL is reached fall and rise with the batch. The "
            "noise scale is measured on the way, from the spread of the gradients of "
            "four batches.",
            (
                *(
                    Lines(
                        f"{measure}_by_batch",
                        f"{title} against the batch.",
                        x="batch_size",
                        line=("objective",),
                        measure=measure,
                        log_x=True,
                    )
                    for measure, title in (
                        ("steps_to_kl", "Steps to the KL"),
                        ("examples_to_kl", "Queries to the KL"),
                        ("noise_scale", "Gradient noise scale"),
                    )
                ),
                Curves(
                    "noise_scale",
                    "Gradient noise scale during training, a line per batch.",
                    line=("batch_size",),
                    panel="objective",
                    x="examples",
                    measure="noise_scale",
                ),
            ),
        ),
    ),
)

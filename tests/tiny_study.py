"""Small studies for tests, named as a user names her own: tests.tiny_study:STUDY."""

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid


def _grid(preset="light", **factors):
    """Returns a grid of small models that are trained in a few seconds.

    Those of the preset light search no keys.
    """
    usual = {
        "game": ("wildcard_27",),
        "model": ("two_tower",),
        "d_model": (16,),
        "d_ff": (24,),
        "num_layers": (2,),
        "num_readout_layers": (1,),
        "num_readouts": (1,),
        "merge_blocks": (False,),
        "stream": (False,),
        "optimizer": ("adam",),
        "learning_rate": (1e-2,),
        "warmup_steps": (10,),
        "batch_size": (32,),
        "steps": (60,),
        "eval_every": (30,),
        "checkpoint_every": (20,),
        "xla": (False,),  # Compiling takes longer than these runs.
    }
    return Grid({**usual, **factors}, preset)


STUDY = study.Study(
    name="tiny",
    title="Does it work?",
    grids=(_grid(vector_dim=(2, 8)), _grid(model=("cross_encoder",))),
    subsets_log2={"wildcard_27": 6.0},
    source="nobody",
)
LONG = study.Study(
    "long",
    "Can it be stopped?",
    (_grid(vector_dim=(2,), steps=(1000,)), _grid(vector_dim=(8,))),
)
FAILING = study.Study(
    "failing",
    "Does one stop the others?",
    (_grid(vector_dim=(3,), learning_rate=(1e30,)), _grid(vector_dim=(8,))),
)
OTHER_DATA = study.Study(
    "other_data",
    "Whose rules are these?",
    (
        _grid(
            game=("union_27_small", "tests.parity:Parity"),
            vector_dim=(2,),
            steps=(20,),
        ),
    ),
)
# The first is a cell of STUDY too.
SHARED = study.Study("shared", "Is it trained once?", (_grid(vector_dim=(8, 5)),))
TWICE = study.Study("twice", "Which?", (_grid(vector_dim=(2,)), _grid(vector_dim=(2,))))
# Their vectors are solved for; with more dimensions than keys none are searched.
READERS = study.Study(
    "readers",
    "Is their reader trained once?",
    (_grid("laptop", vector_dim=(30, 40)),),
)

"""The study of 2021 on 81 cards: one game, nine models, with the laptop preset.

Source of the reference values: the OpenAI Scholars 2021 study "Breaking contrastive
models with the SET card game", its figure for all four attributes of a card. What it
calls a non-contrastive model is here a classifier with d = 512 (cards_27.py).
"""

from set_contrastive.studies import cards_27
from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid

_GAME = "union_81"

# KL in nats and top-K overlap of the study's two-towers, by dimension.
_REFERENCE = {
    16: (0.5826, 0.741),
    24: (0.284, 0.905),
    32: (0.187, 0.957),
    64: (0.017, 1.0),
    81: (0.003, 1.0),
    128: (0.001, 1.0),
    512: (0.001, 1.0),
}
_CLASSIFIER = (0.001, 1.0)

_REFERENCES = (
    *(
        study.Reference(_GAME, f"two_tower_d{dim}", *values)
        for dim, values in _REFERENCE.items()
    ),
    study.Reference(_GAME, "classifier", *_CLASSIFIER),
)

STUDY = study.Study(
    name="cards_81",
    title="How many dimensions do embeddings of queries over 81 cards need?",
    grids=(
        Grid(
            {
                "game": (_GAME,),
                "model": ("two_tower",),
                "vector_dim": tuple(_REFERENCE),
            }
        ),
        Grid({"game": (_GAME,), "model": ("cross_encoder", "classifier")}),
    ),
    references=_REFERENCES,
    # Stretched as those of union_27 are.
    goals={(r.game, r.model): 1.15 * r.kl_nats + 0.02 for r in _REFERENCES},
    params_share=cards_27.STUDY.params_share,
    source=cards_27.STUDY.source,
)

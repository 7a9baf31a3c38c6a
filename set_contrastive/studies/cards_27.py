"""The study of 2021 on 27 cards: five games, nine models, with the laptop preset.

Source of the reference values: the OpenAI Scholars 2021 study "Breaking contrastive
models with the SET card game". Its `log2` of the number of subsets is, for union and
symmetric difference, of those seen in ten million random queries. Its non-contrastive
model scored all keys with one linear layer on the query's state, which is what this
project calls a classifier with d = 512.
"""

from set_contrastive.studies import study
from set_contrastive.studies.factors import Grid

# Hardest last, as in the study.
_GAMES = {
    "set_27": 4.755,
    "wildcard_27": 6.0,
    "union_27": 21.40,
    "symdiff_27": 22.66,
    "shatter_27": 27.0,
}
_VECTOR_DIMS = (4, 8, 16, 20, 24, 27, 512)

# KL in nats and top-K overlap for each of _VECTOR_DIMS, then non-contrastive.
_REFERENCE = {
    "set_27": ((0.00001, 1.0),) * 8,
    "wildcard_27": (
        (0.193, 0.961),
        (0.0009, 1.0),
        (0.0009, 1.0),
        (0.0007, 1.0),
        (0.0007, 1.0),
        (0.0008, 1.0),
        (0.0007, 1.0),
        (0.0007, 1.0),
    ),
    "union_27": (
        (0.301, 0.84),
        (0.201, 0.914),
        (0.071, 0.97),
        (0.03, 0.994),
        (0.0006, 1.0),
        (0.0005, 1.0),
        (0.0004, 1.0),
        (0.0001, 1.0),
    ),
    "symdiff_27": (
        (0.467, 0.731),
        (0.337, 0.825),
        (0.127, 0.936),
        (0.056, 0.979),
        (0.01269, 0.997),
        (0.003146, 0.998),
        (0.0003, 0.999),
        (0.0002, 1.0),
    ),
    "shatter_27": (
        (0.6054, 0.65),
        (0.4623, 0.733),
        (0.1383, 0.917),
        (0.05524, 0.988),
        (0.005997, 0.995),
        (0.002249, 1.0),
        (0.002492, 1.0),
        (0.00013, 1.0),
    ),
}


def _references() -> tuple[study.Reference, ...]:
    models = (*(f"two_tower_d{dim}" for dim in _VECTOR_DIMS), "classifier")
    return tuple(
        study.Reference(game, model, *values)
        for game, row in _REFERENCE.items()
        for model, values in zip(models, row, strict=True)
    )


def _goals() -> dict[tuple[str, str], float]:
    """Returns the largest KL accepted of each cell; most stretch the reference's."""
    others = ("two_tower_d512", "cross_encoder", "classifier")
    models = (*(f"two_tower_d{dim}" for dim in _VECTOR_DIMS), *others[1:])
    goals = {("set_27", model): 0.005 for model in models}
    goals |= {("wildcard_27", model): 0.01 for model in models}
    goals["wildcard_27", "two_tower_d4"] = 0.25
    for game, factor, slack in (
        ("union_27", 1.15, 0.02),
        ("symdiff_27", 1.25, 0.05),
        ("shatter_27", 1.15, 0.02),
    ):
        for dim, (kl, _) in zip(_VECTOR_DIMS, _REFERENCE[game], strict=False):
            goals[game, f"two_tower_d{dim}"] = factor * kl + slack
    goals |= {("union_27", model): 0.01 for model in ("two_tower_d27", *others)}
    goals |= {("shatter_27", m): 0.01 for m in ("two_tower_d27", *others[:2])}
    goals |= {("symdiff_27", model): 0.05 for model in others[:2]}
    return goals


STUDY = study.Study(
    name="cards_27",
    title="How many dimensions do embeddings of queries over 27 cards need?",
    grids=(
        Grid(
            {"game": tuple(_GAMES), "model": ("two_tower",), "vector_dim": _VECTOR_DIMS}
        ),
        Grid({"game": tuple(_GAMES), "model": ("cross_encoder", "classifier")}),
    ),
    subsets_log2=_GAMES,
    references=_references(),
    goals=_goals(),
    params_share=study.ParamsShare(
        "cross_encoder",
        "two_tower",
        "of the smallest two-tower's parameters, at most, has a game's cross-encoder",
    ),
    source="OpenAI Scholars 2021, models of 17 and 8.5 million parameters",
)

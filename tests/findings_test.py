"""The tables of docs/findings.md are those of the studies' committed results.

Each is computed here from the CSV that `report` wrote, and must stand in the text.
"""

import csv
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
_GAMES = {game: {"game": game} for game in ("union_27", "symdiff_27", "shatter_27")}


def _late(vectors, dim):
    return {
        "model": "late_interaction",
        "key_vectors": str(vectors),
        "vector_dim": str(dim),
    }


def _row(floats):
    """Returns the rows of 4, 8, 16 or 24 floats of a key."""
    return {
        f"{floats} floats, one vector": {
            "model": "two_tower",
            "vector_dim": str(floats),
        },
        f"{floats} floats, 2 vectors of {floats // 2}": _late(2, floats // 2),
        f"{floats} floats, 4 vectors of {floats // 4}": _late(4, floats // 4),
    }


_LATE = {
    **_row(4),
    **_row(8),
    **_row(16),
    **_row(24),
    "cross-encoder": {"model": "cross_encoder"},
}


def _kl_of(value):
    if value < 1e-5:
        return "< 0.00001"
    return f"{value:.{3 if value >= 0.1 else 4 if value >= 0.001 else 5}f}"


# Each writes the values of all seeds.
def _kl(values):
    return _kl_of(sum(values) / len(values))


def _kl_and_spread(values):
    return f"{_kl(values)} ({_kl_of(min(values))} to {_kl_of(max(values))})"


def _overlap(values):
    return f"{sum(values) / len(values):.4f}"


def _count(values):
    return f"{sum(values) / len(values):,.0f}"


def _count_of_three(values):
    """Writes the mean, and of how many runs it is if not of all."""
    of = "" if len(values) == 3 else f" ({len(values)} of 3)"
    return _count(values) + of


def _share(values):
    return f"{sum(values):.0f} of {len(values)}"


def _of_games(measure, write, games=_GAMES):
    return {game: (measure, write, where) for game, where in games.items()}


_TRAINED = {game: {"game": game} for game in ("wildcard_27", "union_27", "symdiff_27")}
_USUAL = {"key_init": "uniform", "symbol_init": "scaled", "similarity": "dot"}
_WARMUPS = {
    f"{schedule}, {steps}": {"schedule": schedule, "warmup_steps": steps, **_USUAL}
    for schedule in ("cosine", "stepwise", "transformer")
    for steps in ("10", "100", "1000")
}
_OTHERWISE = {
    label: {"game": "union_27", "schedule": "cosine", "warmup_steps": "100"}
    | _USUAL
    | fields
    for label, fields in {
        "as usual": {},
        "keys N(0, 1/d)": {"key_init": "normal"},
        "keys as word2vec": {"key_init": "word2vec"},
        "symbols N(0, 1)": {"symbol_init": "unit"},
        "cosine": {"similarity": "cosine", "temperature": "1.0"},
        "cosine / 0.07": {
            "similarity": "cosine",
            "temperature": "0.07",
            "learn_temperature": "False",
        },
        "cosine / learned": {"similarity": "cosine", "learn_temperature": "True"},
    }.items()
}
_BATCHES = {
    f"{size:,}": {"batch_size": str(size)} for size in (16, 64, 256, 1024, 4096)
}


def _by_batch(objective):
    where = {"objective": objective}
    return {
        f"{objective}: KL": ("kl_nats", _kl, where),
        f"{objective}: queries to KL 0.01": ("examples_to_kl", _count, where),
        f"{objective}: noise scale": ("noise_scale", _count, where),
    }


_OBJECTIVES = {
    name: {"objective": name, "batch_size": "256", "mask_false_negatives": "False"}
    for name in (
        "cross_entropy_support",
        "margin",
        "infonce_support",
        "sigmoid_support",
        "cross_entropy",
        "infonce",
        "sigmoid",
    )
}


def _of_dims(dims, measure, write):
    return {
        f"{game}, {dim}": (measure, write, {"game": game, "vector_dim": dim})
        for game in _GAMES
        for dim in dims
    }


_NEGATIVES = {
    f"{name}{', masked' if masked == 'True' else ''}, {int(size):,}": {
        "objective": name,
        "mask_false_negatives": masked,
        "batch_size": size,
    }
    for name, kinds in {
        "cross_entropy_support": ("False",),
        "infonce_support": ("False", "True"),
        "infonce": ("False", "True"),
        "sigmoid": ("False", "True"),
    }.items()
    for masked in kinds
    for size in ("64", "256", "1024")
}

# Study, rows by the values of the table's columns, and columns: measure, how the values
# of all seeds are written, and more values.
TABLES = {
    "kl_of_late_interaction": ("late_interaction_27", _LATE, _of_games("kl_nats", _kl)),
    "overlap_of_late_interaction": (
        "late_interaction_27",
        _LATE,
        _of_games("top_k_overlap", _overlap),
    ),
    "kl_by_warmup": (
        "training_27",
        _WARMUPS,
        _of_games("kl_nats", _kl_and_spread, _TRAINED),
    ),
    "left_by_warmup": (
        "training_27",
        _WARMUPS,
        _of_games("left_plateau", _share, _TRAINED),
    ),
    "steps_by_warmup": (
        "training_27",
        _WARMUPS,
        _of_games("steps_to_kl", _count_of_three, _TRAINED),
    ),
    "other_starts": (
        "training_27",
        _OTHERWISE,
        {
            "KL": ("kl_nats", _kl_and_spread, {}),
            "steps": ("steps_to_kl", _count_of_three, {}),
        },
    ),
    "restarts": (
        "restarts_27",
        {
            name: {"schedule": name}
            for name in ("constant", "cosine", "cosine_restarts")
        },
        {
            "8:rest": ("kl_nats", _kl, {"curriculum": "8:rest"}),
            "2:200,8:rest": ("kl_nats", _kl, {"curriculum": "2:200,8:rest"}),
        },
    ),
    "kl_by_objective": (
        "objectives_27",
        _OBJECTIVES,
        _of_dims(("4", "16", "27"), "kl_nats", _kl),
    ),
    "overlap_by_objective": (
        "objectives_27",
        _OBJECTIVES,
        _of_dims(("4", "16", "27"), "top_k_overlap", _overlap),
    ),
    "by_negatives": (
        "objectives_27",
        _NEGATIVES,
        {
            f"{game}: {label}": (measure, write, {"game": game, "vector_dim": "27"})
            for label, measure, write in (
                ("KL", "kl_nats", _kl),
                ("overlap", "top_k_overlap", _overlap),
            )
            for game in _GAMES
        },
    ),
    "by_batch": (
        "batch_size_27",
        _BATCHES,
        _by_batch("cross_entropy_support") | _by_batch("infonce"),
    ),
}


def lines(study, rows, columns):
    """Returns the lines of a table without its head."""
    path = ROOT / "docs/results" / study / f"{study}.csv"
    cells = list(csv.DictReader(path.read_text().splitlines()))
    found = []
    for label, of_row in rows.items():
        texts = []
        for measure, write, of_column in columns.values():
            where = {**of_row, **of_column}
            values = [
                float(cell[measure])
                for cell in cells
                if cell[measure]
                and all(cell[name] == text for name, text in where.items())
            ]
            texts.append(write(values) if values else "")
        found.append(f"| {label} | {' | '.join(texts)} |")
    return found


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_that_of_the_results(name):
    text = (ROOT / "docs/findings.md").read_text()
    expected = lines(*TABLES[name])
    assert any(re.search(r"\d", line.partition("|")[2]) for line in expected)
    assert "\n".join(expected) in text

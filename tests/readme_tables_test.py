"""The tables of KL in README.md, beside the files that they are of."""

import csv
import json
import pathlib
import re
import statistics

import pytest

from set_contrastive.studies import registry

ROOT = pathlib.Path(__file__).parents[1]
STUDY = registry.get("cards_27")
TEXT = (ROOT / "README.md").read_text()
CLASSIFIER = "classifier, d = 512"


def read(path):
    with open(ROOT / "docs/results" / path) as file:
        return list(csv.DictReader(file))


# The least KL found, by game and model.
FLOORS = {
    (row["game"], f"two_tower_d{row['vector_dim']}"): float(row["kl_nats"])
    for row in read("theory/free_embedding_floors.csv")
}


def over_seeds(study="cards_27", measure="kl_nats"):
    """Returns a measure of each seed of each game and model."""
    found = {}
    for row in read(f"{study}.csv"):
        label = row["model"]
        if label == "two_tower":
            label += f"_d{row['vector_dim']}"
        found.setdefault((row["game"], label), []).append(float(row[measure]))
    return found


def measured(study="cards_27", measure="kl_nats"):
    """Returns the mean of a measure over the seeds of each game and model."""
    return {
        cell: statistics.mean(values)
        for cell, values in over_seeds(study, measure).items()
    }


def table(head):
    """Returns the games of a table, and its rows as a label and the cells behind."""
    lines = TEXT[TEXT.index(head) :].partition("\n\n")[0].splitlines()
    first, _, *rows = ([c.strip() for c in x.strip("|").split("|")] for x in lines)
    return first[1:], {row[0]: row[1:] for row in rows}


def label_of(text):
    if dim := re.fullmatch(r"(two-tower, )?d = (\d+)", text):
        return f"two_tower_d{dim[2]}"
    return {"cross-encoder": "cross_encoder", CLASSIFIER: "classifier"}[text]


def assert_says(text, value):
    """Checks that a text is a number rounded to its digits, or a bound of it."""
    if text.startswith("< "):
        assert value < float(text[2:])
        return
    digits = len(text.partition(".")[2])
    assert float(text) == pytest.approx(value, abs=0.51 * 10**-digits)


def test_the_table_of_the_study():
    games, rows = table("| model | set_27 |")
    known, seeds = measured(), over_seeds()
    assert len(games) * len(rows) == len(known) == 45
    assert all(len(values) == 3 for values in seeds.values())
    references = {(r.game, r.model): r.kl_nats for r in STUDY.references}
    for name, cells in rows.items():
        for game, text in zip(games, cells, strict=True):
            cell = game, label_of(name)
            ours, _, theirs = text.partition(" (")
            ours, _, spread = ours.partition(" ± ")
            assert_says(ours, known[cell])
            assert bool(spread) != ours.startswith("< ")
            if spread:
                assert_says(spread, statistics.stdev(seeds[cell]))
            assert bool(theirs) == (cell in references)
            if theirs:
                assert_says(theirs.rstrip(")"), references[cell])


def test_the_table_of_81_cards():
    study = registry.get("cards_81")
    columns, rows = table("| 81 cards |")
    assert columns == ["KL", "least found", "top-K overlap", "parameters"]
    references = {r.model: r for r in study.references}
    known = {
        name: measured("cards_81", name)
        for name in ("kl_nats", "top_k_overlap", "num_params")
    }
    assert len(rows) == len(study.cells("", 0)) == len(known["kl_nats"])
    for name, (kl, least, overlap, params) in rows.items():
        label = label_of(name)
        assert bool(least) == (("union_81", label) in FLOORS)
        if least:
            assert_says(least, FLOORS["union_81", label])
        for measure, text in (("kl_nats", kl), ("top_k_overlap", overlap)):
            ours, _, theirs = text.partition(" (")
            assert_says(ours, known[measure]["union_81", label])
            assert bool(theirs) == (label in references)
            if theirs:
                assert_says(theirs.rstrip(")"), getattr(references[label], measure))
        assert int(params.replace(",", "")) == known["num_params"]["union_81", label]
    below = [
        r
        for r in study.references
        if known["kl_nats"]["union_81", r.model] <= r.kl_nats
    ]
    claim = re.search(r"(\d) of the study's 8 cells of 81 cards", TEXT)
    assert len(study.references) == 8 and int(claim[1]) == len(below)


def test_how_much_faster_all_keys_are_scored_together():
    rows = json.loads((ROOT / "docs/results/benchmarks/scoring.json").read_text())
    (pairs,) = (
        row["times_packed"]
        for row in rows["rows"]
        if (row["game"], row["scorer"]) == ("union_81", "cross_encoder, pair by pair")
    )
    claim = re.search(r"\s([\d.]+) times as fast as pair by pair", TEXT)
    assert_says(claim[1], pairs)


def test_how_many_cells_are_at_or_below_the_studys():
    known = measured()
    below = [r for r in STUDY.references if known[r.game, r.model] <= r.kl_nats]
    claim = re.search(r"(\d+) of 40 cells are at or below the study's value", TEXT)
    assert len(STUDY.references) == 40 and int(claim[1]) == len(below)
    assert all(known[cell] <= goal for cell, goal in STUDY.goals.items())


def test_the_table_of_what_geometry_allows():
    games, rows = table("| two-tower | wildcard_27 |")
    known = measured()
    assert len(games) * len(rows) == 24
    for name, cells in rows.items():
        for game, text in zip(games, cells, strict=True):
            ours, _, least = text.partition(" (")
            assert_says(ours, known[game, label_of(name)])
            assert_says(least.rstrip(")"), FLOORS[game, label_of(name)])


def test_how_many_parameters_the_models_have():
    counts = {}
    for row in read("cards_27.csv"):
        counts.setdefault(row["model"], []).append(int(row["num_params"]))
    others = counts["two_tower"] + counts["classifier"]
    claim = re.search(r"models of ([\d.]+) to ([\d.]+) million parameters", TEXT)
    assert_says(claim[1], min(others) / 1e6)
    assert_says(claim[2], max(others) / 1e6)
    assert "less than a third of the parameters of every two-tower" in TEXT
    assert 3 * max(counts["cross_encoder"]) < min(counts["two_tower"])


def test_how_far_models_are_from_the_least_found():
    known = measured()
    claim = re.search(r"further from the least found than ([\d.]+) nats", TEXT)
    assert all(
        known[cell] - kl <= float(claim[1])
        for cell, kl in FLOORS.items()
        if cell in known
    )
    share = re.search(r"the least found is at least (\d+) percent of its KL", TEXT)
    assert all(
        FLOORS[cell] >= int(share[1]) / 100 * known[cell]
        for game in ("union_27", "symdiff_27", "shatter_27")
        for cell in [(game, f"two_tower_d{dim}") for dim in (4, 8, 16)]
    )
    below = [
        r for r in STUDY.references if r.kl_nats < FLOORS.get((r.game, r.model), 0)
    ]
    above = [r for r in below if known[r.game, r.model] > r.kl_nats]
    assert len(above) == 40 - int(re.search(r"(\d+) of 40 cells", TEXT)[1])
    assert "at all three of these the study's value lies below" in TEXT
    cells = [(r.game, r.model) for r in above]
    share = re.search(r"the models are within (\d) percent of", TEXT)
    assert all(known[c] <= (1 + int(share[1]) / 100) * FLOORS[c] for c in cells)

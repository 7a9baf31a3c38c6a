"""The tables of docs/theory.md say what the code computes, or what it once computed."""

import csv
import decimal
import math
import pathlib
import re

import pytest

from set_contrastive.base.result import Result
from set_contrastive.free_vectors import moment_curve
from set_contrastive.games import distinct_subsets
from set_contrastive.games.shared import SharedGame
from set_contrastive.theory.bounds import cover
from set_contrastive.theory.bounds import matrix_rank

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
RESULTS = DOCS / "results" / "theory"
TEXT = (DOCS / "theory.md").read_text()


def table(start):
    """Returns head and rows of the table whose head begins so."""
    lines = TEXT[TEXT.index(f"\n| {start} |") + 1 :].split("\n\n")[0].splitlines()
    cells = [[cell.strip(" `") for cell in line[1:-1].split("|")] for line in lines]
    head, rule, *rows = cells
    assert all(re.fullmatch(":?-+:?", cell) for cell in rule)
    return head, rows


def read(name):
    with (RESULTS / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def says(text, value, units="0.5"):
    """Whether a number as it is written is a value, rounded to its last digit."""
    number = decimal.Decimal(text.replace(",", "").replace(" %", "e-2"))
    if text == "0":
        return abs(value) < 5e-6
    unit = decimal.Decimal(10) ** number.as_tuple().exponent
    return abs(number - decimal.Decimal(value)) <= decimal.Decimal(units) * unit


def assert_says(text, value, where, **rounding):
    assert says(text, float(value), **rounding), f"{where}: {text}, but it is {value}"


def numbers(text):
    """Returns the numbers of a cell such as `2^25.83 (25.31 to 26.21)`."""
    return re.findall(r"\d[\d,]*\.?\d*(?:e-?\d+)?", text.replace("2^", ""))


def test_a_number_is_said_to_its_last_digit():
    assert says("0.0364", 0.03642) and not says("0.0364", 0.03646)
    assert says("3e-07", 3.4e-7) and not says("3e-07", 3.6e-7)
    assert says("88 %", 0.8817) and says("1,801", 1801) and not says("1,801", 1802)
    assert says("0", 1e-9) and not says("0", 1e-3)


def test_exact_counts():
    head, rows = table("pairs")
    assert head[1::2] == ["union_27", "symdiff_27"] and len(rows) == 8
    for place, game in ((1, "union_27"), (3, "symdiff_27")):
        known = [row for row in read(f"subsets_{game}") if row["kind"] == "exact"]
        for row, found in zip(rows, known, strict=True):
            assert row[0] == found["pairs"]
            assert row[place] == f"{int(found['subsets']):,}"
            assert_says(row[place + 1], found["log2_subsets"], (game, row))
    for row, count in zip(
        read("subsets_union_81"), (256, 30751, 2299687), strict=False
    ):
        assert (row["kind"], int(row["subsets"])) == ("exact", count)
        assert f"{count:,}" in TEXT


def test_estimates():
    head, rows = table("| union_27, 8 pairs")
    kinds = ("estimate, unbiased", "capture-recapture, Chapman", "lower bound, Chao")
    names = [cell.partition(",")[0] for cell in head[1:]]
    for row, kind in zip(rows[1:], kinds, strict=True):
        for name, cell in zip(names, row[1:], strict=True):
            found = [r for r in read(f"subsets_{name}") if r["kind"] == kind]
            assert bool(found) == cell.startswith("2^")
            texts = numbers(cell) if found else ()
            for text, column in zip(texts, ("subsets", "low", "high"), strict=False):
                value = math.log2(float(found[-1][column]))
                assert_says(text, value, (name, kind))


def test_ranks_and_dimensions():
    head, rows = table("attributes, values")
    columns = ("keys", "queries", "rank", "smallest_d_squared", "smallest_d_softmax")
    for row, found in zip(rows, read("rank_shared"), strict=True):
        assert row[0] == f"{found['attributes']}, {found['values']}"
        names = (*columns, "smallest_d_ranking")
        said = [int(cell.replace(",", "")) for cell in row[1:]]
        assert said == [int(found[name]) for name in names], row


@pytest.mark.parametrize("place", range(6))
def test_ranks_are_what_is_computed(place):
    row = table("attributes, values")[1][place]
    game = SharedGame(*map(int, row[0].split(",")))
    every = game.answer(game.pairs_of_cards())
    subsets = distinct_subsets.of_game(game, 1, 0)
    assert int(row[1]) == game.spec.num_keys
    assert int(row[2].replace(",", "")) == len(every)
    assert int(row[3]) == matrix_rank.exact_rank(subsets.mask)
    assert int(row[4]) == matrix_rank.squared_error_dim(every)


def asked(game, num_keys):
    """Sizes of which a game asks for every subset: unions of 8 pairs, or all."""
    return range(1, num_keys) if game == "shatter_27" else (8,)


def test_dimensions_that_games_need():
    head, rows = table("game")
    assert [cell.split()[-1] for cell in head] == [
        *("game", "counting", "keys", "keys", "enough")
    ]
    assert [row[0].split()[0] for row in rows] == [
        *("union_27", "symdiff_27", "shatter_27", "union_81")
    ]
    for row in rows:
        game, num_keys = row[0].split()[0], 81 if "81" in row[0] else 27
        result = Result.load(RESULTS / f"capacity_{game}.json")
        subsets = round(2 ** result.settings["log2_subsets"])
        assert int(row[1]) == cover.least_dim(subsets, num_keys)
        shattered = [
            int(re.search(r"bound (\d+)", fact)[1])
            for fact in result.facts
            if "shatters" in fact
        ]
        if game == "shatter_27":
            shattered = [num_keys - 1]  # All of them.
        assert [int(text) for text in row[2].split()] == shattered
        sizes = asked(game, num_keys)
        assert int(row[3]) == max(
            moment_curve.necessary_dim(size, num_keys) for size in sizes
        )
        assert int(row[4]) == num_keys - 1


def test_the_least_found():
    head, rows = table("game | d")
    assert head[2] == "least found"
    known = read("free_embedding_floors")
    found = {(row["game"], row["vector_dim"]): row for row in known}
    columns = ("kl_nats", "spread", "held_out_kl_nats", "last_decade")
    for game, dim, *cells in rows:
        row = found.pop((game, dim))
        moderate = [row["moderate_kl_nats"], row["moderate_rms_score"]]
        values = [*(row[c] for c in columns), *moderate]
        values += [row["trained_kl_nats"], row["study_kl_nats"]]
        texts = [*cells[:4], *numbers(cells[4]), *cells[5:]]
        for text, value in zip(texts, values, strict=True):
            if text == "-":
                assert value == ""
            else:
                assert_says(text, value, (game, dim), units="0.51")
        # What is trained leaves at least `learning` above the floor.
        learning = float(row["trained_kl_nats"]) - float(row["kl_nats"])
        assert float(row["learning"]) == pytest.approx(learning) and learning > 0
    assert all(float(row["kl_nats"]) <= 1e-9 for row in found.values())
    study = [row for row in known if row["study_kl_nats"]]
    below = [
        (row["game"], row["vector_dim"])
        for row in study
        if float(row["study_kl_nats"]) < float(row["kl_nats"])
    ]
    assert below == [("union_27", "4"), ("union_27", "8"), ("symdiff_27", "4")]


def test_critical_numbers():
    head, rows = table("best of 3 starts (worst)")
    dims = [cell.partition("= ")[2] for cell in head[1:]]
    names = {"InfoNCE": "infonce", "margin": "margin", "sigmoid": "sigmoid"}
    for way, *cells in rows[1:]:
        name, _, other = way.partition(", ")
        found = {
            row["vector_dim"]: row
            for row in read("free_embedding_limit")
            if (row["objective"], row["normalize"]) == (names[name], str(not other))
        }
        for dim, cell in zip(dims, cells, strict=True):
            best, least = found[dim]["critical_n"], found[dim]["least_n"]
            assert cell == ("≥ 64" if best == "64" == least else f"{best} ({least})")
    published = {row["vector_dim"]: row["published_n"] for row in found.values()}
    assert rows[0][1:] == [published[dim] for dim in dims]


def test_what_tables_converge_to():
    _, rows = table("joint")
    columns = (
        "kl_joint",
        "kl_joint_sd",
        "kl_joint_within",
        "kl_joint_limit",
        "kl_ratio",
    )
    found = read("objective_limits")
    for row, values in zip(rows, found, strict=True):
        if row[0]:
            joint = row[0].partition(",")[0].replace(" ", "_")
        assert (joint, row[1].lower().replace("-", "_")) == (
            *(values["joint"], values["objective"]),
        )
        texts = [*numbers(row[2]), row[3], row[4], numbers(row[5])[0], row[6]]
        for text, name in zip(texts, (*columns, "kl_ratio_within"), strict=True):
            assert_says(text, values[name], (joint, row[1], name), units="0.51")


def test_rankings_of_a_skewed_game():
    head, rows = table("pairs drawn")
    assert head[2:] == [
        *("KL(p(k given q), softmax)", "accuracy", "best key is the most probable")
    ]
    names = {"exact PMI": "pmi", "InfoNCE": "infonce"}
    names |= {f"{name} + log p(k)": f"{to} + log p(k)" for name, to in names.items()}
    names["cross-entropy over all keys"] = "cross_entropy"
    found = {
        (row["pairs_drawn"], row["scorer"]): row
        for row in read("zero_shot_skewed_union_27")
    }
    for drawn_as, scorer, *cells in rows:
        if drawn_as:
            pairs = drawn_as.replace(" ", "_")
        row = found[pairs, names[scorer]]
        for cell, name in zip(cells, ("kl_nats", "top1", "best_first"), strict=True):
            mean, *spread = numbers(cell)
            assert_says(mean, row[name], (pairs, scorer))
            for text in spread:
                assert_says(text, row[f"{name}_sd"], (pairs, scorer))

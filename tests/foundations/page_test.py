"""The tables of docs/foundations.md are those of the committed results.

Each is made here from the CSV that its command wrote, and must stand in the text.
"""

import csv
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs/results/foundations"
SCHEMES = ("tensor", "tensor_role", "hadamard", "convolution", "unitary")


def read(topic, name=None):
    path = RESULTS / topic / f"{name or topic}.csv"
    return list(csv.DictReader(path.read_text().splitlines()))


def fixed(digits):
    """Returns a function that writes 1234.0 as 1,234 and 0.1234 with so many digits."""

    def write(text):
        if text in ("", "nan"):
            return text
        value = float(text)
        is_whole = abs(value - round(value)) < 1e-9
        return f"{value:,.{0 if is_whole else digits}f}"

    return write


def percent(digits):
    return lambda text: f"{float(text):.{digits}%}".replace("%", " %")


def small(text):
    return f"{float(text):.1e}" if text else ""


def significant(text):
    """Writes 8533.3 as 8,533, 9.3333 as 9.3 and 0.2917 as 0.29."""
    value = float(text)
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


count = fixed(0)
# Topic, file and how each column of the page is written, in order.
PLAIN = {
    "logistic regression": (
        "logistic_regression",
        "logistic_regression",
        {
            "precision": str,
            "loss_start": fixed(4),
            "loss_end": fixed(4),
            "held_out_accuracy": percent(1),
            "largest_difference": small,
        },
    ),
    "toy tasks": (
        "diagnosis",
        "diagnosis",
        {
            "task": "`{}`".format,
            "goal": percent(0),
            "exact_match": percent(1),
            "steps": count,
        },
    ),
    "parallel text": (
        "diagnosis",
        "diagnosis_text",
        {
            "translation": str,
            "codes": count,
            "goal": fixed(2),
            "bleu": fixed(3),
            "steps": count,
        },
    ),
    "half precision": (
        "mixed_precision",
        "mixed_precision",
        {
            "size": str,
            "precision": "`{}`".format,
            "steps": count,
            "first_loss": fixed(3),
            "last_loss": fixed(3),
            "finite_steps": count,
            "underflow": lambda text: percent(3)(text) if text else "",
            "ms_per_step": significant,
            "peak_mib": count,
            "from_by_hand": small,
        },
    ),
    "steps of replicas": (
        "distributed",
        "distributed",
        {
            "setting": str,
            "d_model": count,
            "parameters": count,
            "sent_bytes": count,
            "step_ms": fixed(1),
            "ring_ms": fixed(1),
            "server_ms": fixed(1),
            "predicted_ms": fixed(1),
        },
    ),
    "balance": (
        "distributed",
        "distributed_balance",
        {"device": str, "link": str, "ring": significant, "server": significant},
    ),
    "query of 8 pairs": (
        "binding",
        "binding_query",
        {
            "scheme": "`{}`".format,
            "least_total": count,
            "recovered": fixed(3),
            "all_8_recovered": fixed(3),
        },
    ),
}


def plain(name):
    topic, file, columns = PLAIN[name]
    return [
        [write(row[c]) for c, write in columns.items()] for row in read(topic, file)
    ]


def autodiff():
    return [
        [
            f"{row['inputs']} → {row['results']}",
            *(count(row[name]) for name in ("function", "reverse", "forward")),
            row["fewer"],
            count(row["reverse_kept"]),
        ]
        for row in read("autodiff")
    ]


def fillers():
    """Returns the shares of fillers that come back, where some do not."""
    share = fixed(3)
    found = {
        (r["scheme"], int(r["pairs"]), int(r["total"])): r for r in read("binding")
    }
    rows = []
    for n, total in (
        *((4, 64), (8, 64), (16, 64), (8, 256), (16, 256), (32, 256), (32, 1024)),
    ):
        cells = [found[scheme, n, total] for scheme in SCHEMES]
        texts = [f"{share(c['recovered'])} ({share(c['theory'])})" for c in cells]
        rows.append([str(n), count(total), *texts])
    return rows


def trees():
    share = fixed(3)
    file = read("binding", "binding_trees")
    found = {(int(r["depth"]), r["scheme"], r["roles"]): r for r in file}
    rows = []
    for depth in (2, 3, 4):
        tensor = found[depth, "tensor", "each level's"]
        texts = [
            share(found[depth, scheme, roles]["recovered"])
            for scheme in ("hadamard", "convolution", "unitary")
            for roles in ("each level's", "the same")
        ]
        numbers = [str(depth), tensor["leaves"], tensor["numbers"]]
        rows.append([*numbers, share(tensor["recovered"]), *texts])
    return rows


def ablations():
    """Returns what each trial reached, with a value for each seed."""
    found = {}
    for row in read("ablations"):
        found.setdefault((row["varied"], row["value"]), []).append(row)
    assert all([r["seed"] for r in rows] == ["0", "1", "2"] for rows in found.values())
    return [
        [varied, value]
        + [
            " / ".join(count(row[c]) for row in rows)
            for c in ("steps_to_90", "steps_to_95")
        ]
        for (varied, value), rows in found.items()
    ]


def mistakes():
    """Returns what each mistake makes of its measure."""
    rows = []
    for row in read("splits"):
        write = fixed(2 if row["measure"] == "MiB held" else 3)
        rows.append([row["measure"], write(row["right"]), write(row["wrong"])])
    return rows


def cells_of_page():
    """Returns the cells of each line of a table, without links."""
    text = (ROOT / "docs/foundations.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def holds(expected):
    """Whether the page's lines hold these, one after the other, among other columns."""
    page = cells_of_page()
    return any(
        all(is_within(row, page[first + place]) for place, row in enumerate(expected))
        for first in range(len(page) - len(expected) + 1)
    )


def is_within(row, cells):
    rest = iter(cells)
    return all(cell in rest for cell in row)


@pytest.mark.parametrize("name", PLAIN)
def test_a_table_is_that_of_its_file(name):
    expected = plain(name)
    assert expected and holds(expected), expected


@pytest.mark.parametrize("made", [ablations, autodiff, fillers, trees, mistakes])
def test_a_table_of_several_lines_of_a_file_is_that_of_them(made):
    expected = made()
    assert expected and holds(expected), expected


def test_results_name_no_folder_of_a_machine():
    files = [f for f in RESULTS.rglob("*") if f.suffix in (".csv", ".json")]
    assert files
    for file in files:
        assert not re.search(r"(?<![\w/.:])/(?!/)\w+/", file.read_text()), file

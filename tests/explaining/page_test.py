"""The table of grades in docs/explain.md is that of the committed result."""

import csv
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULT = ROOT / "docs/results/explain/grade_union_27_log_probability.csv"
METHODS = ("gradient x input", "integrated gradients", "left out", "replaced")


def test_the_table_of_grades_is_that_of_the_result():
    rows = list(csv.DictReader(RESULT.read_text().splitlines()))
    expected = []
    models = {row["model"]: int(row["vector_dim"] or 10**6) for row in rows}
    for model in sorted(models, key=models.get):
        graded = {row["method"]: row for row in rows if row["model"] == model}
        assert set(graded) == set(METHODS)
        shares = [f"{float(graded[m]['best_pair_true']):.3f}" for m in METHODS]
        kl_nats = f"{float(graded['left out']['kl_nats']):.5f}"
        added_up = f"{1 - float(graded['integrated gradients']['incomplete']):.2f}"
        cells = (model, kl_nats, *shares, added_up)
        expected.append(f"| {' | '.join(cells)} |")
    page = (ROOT / "docs/explain.md").read_text()
    assert "\n".join(expected) in page
    assert {row["queries"] for row in rows} == {"1000"}
    (chance,) = {f"{float(row['chance']):.3f}" for row in rows}
    assert f"chance {chance}" in page

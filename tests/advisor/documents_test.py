import json
import os
import pathlib
import re
import subprocess
import sys

from set_contrastive.advisor import Advice

ROOT = pathlib.Path(__file__).parents[2]
KEPT = ROOT / "docs/results/advisor"


def _rows(first_column):
    """Returns the cells of the table of docs/advisor.md that begins with a column."""
    text = (ROOT / "docs/advisor.md").read_text()
    table = text[text.index(f"| {first_column} |") :].split("\n\n")[0]
    lines = table.splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_readme_shows_what_advise_printed():
    kept = json.loads((KEPT / "advice.json").read_text())
    lines = Advice(**kept).lines()
    block = "\n".join(f"    {line}" for line in lines)
    assert f"\n\n{block}\n\n" in (ROOT / "README.md").read_text()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 88


def test_lines_say_plainly_where_the_side_is_not_told():
    lines = Advice(**json.loads((KEPT / "cranfield.json").read_text())).lines()
    words = " ".join(" ".join(lines).split())
    assert len(lines) <= 25
    assert "By convention only: free vectors cannot tell the two sides apart" in words
    assert "a linear map of the queries, held out, recovers 0.000 of the 0.605" in words
    assert "which side loses cannot be told from these judgements" in words
    assert "the ranking of --runs is worse: -0.079 [-0.109, -0.050]" in words
    assert "free vectors, fitted to these very queries, can rank" in words


def test_the_example_in_python_is_a_script_that_runs(tmp_path):
    text = (ROOT / "docs/advisor.md").read_text()
    script = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert "advise(" in script
    (tmp_path / "mine.py").write_text(script)
    lines = [f"q{i} 0 d{i + j} 1\n" for i in range(6) for j in range(2)]
    (tmp_path / "qrels.txt").write_text("".join(lines))
    done = subprocess.run(
        [sys.executable, "mine.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Judgements: 6 queries, 7 documents")


def test_the_table_of_causes_is_what_was_measured():
    kept = json.loads((KEPT / "cranfield.json").read_text())
    names = ("as_is", "query_head", "queries_free", "documents_free")
    names += ("all_free", "best_possible")
    shown = _rows("d | a, yours")
    assert len(shown) == len(kept["causes"])
    for row, cause in zip(shown, kept["causes"], strict=True):
        assert int(row[0]) == cause["dim"]
        assert row[1:] == [f"{cause[name]:.3f}" for name in names]


def test_the_table_of_what_to_store_is_what_was_measured():
    kept = json.loads((KEPT / "cranfield.json").read_text())
    found = {(r["reduction"], r["dim"], r["precision"]): r for r in kept["yours"]}
    shown = _rows("reduction | d | precision")
    assert len(shown) >= 5
    for reduction, dim, precision, size, value, loss in shown:
        row = found[reduction.strip("`"), int(dim), precision]
        assert int(size.replace(",", "")) == row["bytes_per_document"]
        assert value == f"{row['value']:.3f}"
        numbers = [row["loss"], row["loss_low"], row["loss_high"]]
        assert re.findall(r"[+-][\d.]+", loss) == [f"{x:+.3f}" for x in numbers]

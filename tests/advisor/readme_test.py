import json
import pathlib

from set_contrastive.advisor import Advice

ROOT = pathlib.Path(__file__).parents[2]


def test_readme_shows_what_advise_printed():
    kept = json.loads((ROOT / "docs/results/advisor/advice.json").read_text())
    lines = Advice(**kept).lines()
    block = "\n".join(f"    {line}" for line in lines)
    assert f"\n\n{block}\n\n" in (ROOT / "README.md").read_text()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 88

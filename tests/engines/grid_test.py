"""Tests of which cells of a study are chosen, and of what a folder remembers."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.engines import grid
from set_contrastive.runs import run_folder
from set_contrastive.studies import cards_27


@pytest.mark.parametrize(
    ("patterns", "number"),
    [
        ([], 90),
        (["union_27"], 18),
        (["*/cross_encoder"], 10),
        (["set_27/*/seed_1", "set_27/classifier"], 10),
    ],
)
def test_patterns_choose_cells(patterns, number):
    cells = cards_27.STUDY.all_cells("data", 2)
    assert len(grid.choose(cells, patterns)) == number


def test_seeds_of_earlier_calls_are_remembered(tmp_path):
    grid.claim(tmp_path, "cards_27", 3)
    grid.claim(tmp_path, "cards_27", 1)
    grid.claim(tmp_path, "other", 2)
    assert run_folder.read_studies(tmp_path / "study.json") == {
        "cards_27": 3,
        "other": 2,
    }


def test_a_folder_of_an_earlier_version_is_gone_on_with(tmp_path):
    path = tmp_path / "study.json"
    path.write_text('{"study": "cards_27", "seeds": 2}')
    grid.claim(tmp_path, "cards_27", 1)
    assert run_folder.read_studies(path) == {"cards_27": 2}
    path.write_text('{"studies": []}')
    with pytest.raises(UserError, match="names no studies"):
        grid.claim(tmp_path, "cards_27", 1)

"""The committed table of cards_27 is what `report` makes of the committed cells."""

import pathlib
import tarfile

from set_contrastive.base import whole_files
from set_contrastive.reporting import results
from set_contrastive.reporting import table

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "docs" / "results"


def test_the_table_is_that_of_the_cells(tmp_path):
    cells = tmp_path / "cards_27"
    with tarfile.open(COMMITTED / "cards_27_cells.tar.gz") as archive:
        archive.extractall(cells, filter="data")
    found = results.collect(cells, "cards_27")
    assert len(found.finished) == len(found.cells) == 3 * 45
    table.write_csv(tmp_path / "cards_27.csv", found)
    made = (tmp_path / "cards_27.csv").read_text()
    assert made == (COMMITTED / "cards_27.csv").read_text()
    # One commit, with nothing changed beside it.
    commits = {cell.provenance()["commit"] for cell in found.finished}
    assert len(commits) == 1 and "modified" not in commits.pop()
    known = whole_files.read_json(COMMITTED / "cards_27.json")
    assert known["cells"] == [cell.row(found.study) for cell in found.cells]

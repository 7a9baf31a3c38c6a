"""A study and a page that tests of reports share; tests must not change them."""

import shutil

import numpy as np
import pytest

from set_contrastive.base import whole_files
from set_contrastive.games import registry as games
from set_contrastive.studies import cards_27
from tests.reporting.known_advice import full_advice
from tests.reporting.known_cells import write_cell
from tests.reporting.parsed_page import write


@pytest.fixture(scope="session")
def known_study(tmp_path_factory):
    """Two seeds of all cells of three games; one cell is missing, one half-written."""
    folder = tmp_path_factory.mktemp("report") / "study"
    folder.mkdir()
    whole_files.write_json(folder / "study.json", {"study": "cards_27", "seeds": 2})
    rng = np.random.default_rng(0)
    queries = {n: games.get(n).sample(rng, 50) for n in ("set_27", "union_27")}
    for cell in cards_27.STUDY.all_cells("", 2):
        if cell.config.game in queries:
            kl = 0.1 + 0.2 * cell.config.seed
            write_cell(folder, cell, kl, queries[cell.config.game])
    shutil.rmtree(folder / "set_27/two_tower_d4/seed_1")
    (folder / "set_27/two_tower_d8/seed_1/metrics.json").write_text('{"kl_na')
    return folder


@pytest.fixture(scope="session")
def full_page(tmp_path_factory):
    """The page of all there is, its text and its folder."""
    folder = tmp_path_factory.mktemp("advice") / "output"
    return *write(full_advice() | {"tolerance": 0.01}, folder), folder

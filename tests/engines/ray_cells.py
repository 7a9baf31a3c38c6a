"""Runs two cells on Ray that tell which GPU they have; ray_cluster_test.py starts it.

python -m tests.engines.ray_cells WORKDIR ADDRESS
"""

import os
import pathlib
import sys
import time

from set_contrastive.base.errors import UserError
from set_contrastive.engines import ray_cluster
from tests import tiny_study


def tell(values, folder, origin):
    """Writes the GPU that Ray leaves this task; waits for the other task."""
    del values, origin
    place = pathlib.Path(folder)
    place.mkdir(parents=True)
    (place / "visible").write_text(os.environ.get("CUDA_VISIBLE_DEVICES", "all"))
    end = time.monotonic() + 60
    while len(list(place.parents[1].rglob("visible"))) < 2:
        if time.monotonic() > end:
            raise UserError("the other cell was not running")
        time.sleep(0.01)


def main(workdir, address):
    """Prints what became of the cells."""
    cells = tiny_study.STUDY.cells("data", 0)[:2]
    for event in ray_cluster.run(cells, pathlib.Path(workdir), address, {}, tell):
        if event.cell:
            print(event.kind, event.cell.name, event.message)


if __name__ == "__main__":
    # Under the name by which Ray's workers import it.
    from tests.engines import ray_cells

    ray_cells.main(*sys.argv[1:])

"""Runs cells that do nothing but tell what they see; local_test.py starts it.

    python -m tests.engines.gpu_cells WORKDIR [PARALLEL]

It is a process of its own, since the fake GPUs must be there when it starts.
"""

import json
import os
import pathlib
import sys
import time

from set_contrastive.base.errors import UserError
from set_contrastive.engines import local
from tests import tiny_study


def tell(values, folder, origin):
    """Writes what TensorFlow sees in this cell; waits for the other cells."""
    from set_contrastive.base import command

    seen = {
        "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "gpus": [device.name for device in command.look_for_devices("GPU")],
        "cores": sorted(os.sched_getaffinity(0)),
    }
    seen_by = pathlib.Path(folder) / "seen.json"
    seen_by.with_suffix(".part").write_text(json.dumps(seen))
    seen_by.with_suffix(".part").rename(seen_by)
    # Two cells run at a time if each of them sees the other's file before it ends.
    end = time.monotonic() + 60
    while len(list(seen_by.parents[2].rglob("seen.json"))) < origin["cells"]:
        if time.monotonic() > end:
            raise UserError("no other cell was running")
        time.sleep(0.01)


def main(workdir, parallel=None):
    """Prints the shares, and what became of the cells."""
    try:
        shares = local.shares(int(parallel) if parallel else None)
    except UserError as error:
        print(json.dumps({"error": str(error)}))
        return
    cells = tiny_study.STUDY.cells("data", 0)[: len(shares)]
    origin = {"cells": len(cells)}
    events = local.run(cells, pathlib.Path(workdir), shares, origin, work=tell)
    became = [(e.kind, e.cell.name, e.message) for e in events if e.cell]
    print(json.dumps({"gpus": [share.gpu for share in shares], "became": became}))


if __name__ == "__main__":
    main(*sys.argv[1:])

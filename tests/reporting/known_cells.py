"""Run folders whose numbers are known by hand."""

import numpy as np

from set_contrastive.base import whole_files
from set_contrastive.games import registry as games
from set_contrastive.runs import run_folder


def write_cell(workdir, cell, kl, queries):
    """Writes a run folder whose scores are 0 but for matching keys."""
    folder = workdir / cell.name
    folder.mkdir(parents=True)
    whole_files.write_json(folder / "config.json", cell.config.to_dict())
    spec = games.get(cell.config.game).spec
    whole_files.write_json(folder / "game.json", spec.to_dict())
    mask = games.get(cell.config.game).answer(queries)
    # exp(3) times as likely as the others.
    np.save(folder / "scores_test.npy", np.where(mask, 3.0, 0.0).astype(np.float32))
    np.save(folder / "queries_test.npy", queries)
    row = {"kl_nats": kl, "top_k_overlap": 0.5, "entropy_bits": 4.0, "num_queries": 4}
    whole_files.write_json(
        folder / "metrics.json",
        {
            **row,
            "by_subset_size": {
                "4": {**row, "entropy_bits": 2.0, "num_queries": 1},
                "16": {**row, "entropy_bits": 6.0, "num_queries": 3},
            },
            "num_params": 1000 if cell.config.model.family == "two_tower" else 400,
            "split": "test",
            "step": cell.config.steps,
            "train_seconds": 60.0,
        },
    )
    note = {
        "command": "python -m set_contrastive.sweep --study=cards_27",
        "commit": "c0ffee",
        "versions": {"keras": "3"},
        "machine": {
            "processor": "abacus <1>",
            "cores": 1,
            "memory_gib": 1,
            "system": "X",
        },
    }
    whole_files.write_json(folder / "provenance.json", note)
    for step, value in ((100, 1.0), (200, kl), (100, 0.9)):  # Killed, then resumed.
        row = {"step": step, "kl_nats": value}
        run_folder.append_to_curve(folder / "curve.jsonl", row)

"""A disk that is full while a run saves its state."""

import json
import subprocess

from set_contrastive.runs import experiment
from set_contrastive.training import presets
from tests.typed_commands import run


def test_full_disk_ends_with_one_line_and_keeps_what_was_saved(data_dir, tiny_disk):
    model = presets.model("laptop", "two_tower", vector_dim=4)
    assert model.d_model == 64  # Some 2 MB a checkpoint: more than the disk holds.
    command = (
        "set_contrastive.train",
        "--game=wildcard_27",
        f"--data_dir={data_dir}",
        f"--workdir={tiny_disk / 'run'}",
        "--steps=4",
        "--batch_size=32",
        "--noxla",
    )
    code, output, errors = run(*command)
    last_line = errors.replace("\r", "\n").strip().splitlines()[-1]
    assert (code, output) == (1, "")
    assert "No space left on device" in last_line and "Traceback" not in errors
    config = json.loads((tiny_disk / "run" / "config.json").read_text())
    assert config["steps"] == 4
    # With room again, the same command ends well.
    subprocess.run(["mount", "-o", "remount,size=50m", tiny_disk], check=True)
    code, output, errors = run(*command)
    assert code == 0, errors
    assert experiment.load(str(tiny_disk / "run")).step == 4

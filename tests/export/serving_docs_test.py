"""Runs the commands of docs/serving.md that need no server."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_commands_of_the_page_that_need_no_server(short_runs, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "d27").symlink_to(short_runs["two_tower"])
    page = (ROOT / "docs" / "serving.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    said = [
        subprocess.run(
            ["bash", "-ec", block],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for block in blocks
    ]
    exported, scored, indexed = said
    assert "exported to exported/union_27/1\n" in exported
    assert "--query='" in exported
    assert len(scored.splitlines()) == 5  # Head, three keys, and how many are right.
    assert indexed == "wrote 27 keys to index/keys.faiss\n"

"""The tab of a study: what only a file names is not imported."""

import json
import os

from set_contrastive.playing import report_tab


def test_a_study_that_a_file_names_is_not_imported(trap, tmp_path, monkeypatch):
    name, mark = trap
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)  # Where the report would find it.
    studies = {f"{name}:STUDY": 1, "cards_27": 1}
    (tmp_path / "study.json").write_text(json.dumps({"studies": studies}))
    text = report_tab.reports(tmp_path)
    assert not mark.exists()
    assert f"report --study={name}:STUDY --workdir={tmp_path}" in text
    assert "has no finished cell of cards_27 to report" in text

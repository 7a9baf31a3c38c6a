import pytest

from benchmarks import planted
from set_contrastive.advisor import advise


@pytest.mark.parametrize(
    ("case", "wide"),
    # With more dimensions than queries, free vectors of either side fit anything.
    [*((case, False) for case in planted.CASES), ("documents", True)],
)
def test_a_planted_fault_is_named(case, wide, tmp_path):
    (tmp_path / "inputs").mkdir()
    options = planted.write(case, 0, tmp_path / "inputs", wide)
    advice = advise(output=str(tmp_path / "advice"), parallel=1, **options)
    assert advice.verdict == planted.VERDICTS[case]
    assert f"Verdict: {advice.verdict}" in advice.lines()
    assert len(advice.lines()) <= 25
    if case in ("documents", "queries"):
        assert advice.sides["told"]
        assert "no better than dealt out at random" in " ".join(advice.lines())

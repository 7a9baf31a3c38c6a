import pytest

from set_contrastive.advisor import advise
from tests.advisor import planted


@pytest.mark.parametrize("case", planted.CASES)
def test_a_planted_fault_is_named(case, tmp_path):
    (tmp_path / "inputs").mkdir()
    named = planted.write(case, 0, tmp_path / "inputs")
    advice = advise(
        output=str(tmp_path / "advice"),
        measure="R@3",
        dims=(planted.dim_of(case),),
        seeds=1,
        folds=2,
        parallel=1,
        **named,
    )
    assert advice.verdict == planted.VERDICTS[case]
    assert f"Verdict: {advice.verdict}" in advice.lines()
    assert len(advice.lines()) <= 25

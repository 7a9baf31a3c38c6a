import pytest

from benchmarks import planted
from set_contrastive.advisor import advise
from set_contrastive.advisor import agreement
from set_contrastive.advisor import inputs as inputs_lib
from set_contrastive.advisor import sides
from set_contrastive.advisor.advice_config import AdviceConfig


@pytest.mark.parametrize("case", planted.CASES)
def test_a_planted_fault_is_named(case, tmp_path):
    (tmp_path / "inputs").mkdir()
    options = planted.write(case, 0, tmp_path / "inputs")
    advice = advise(output=str(tmp_path / "advice"), parallel=1, **options)
    assert advice.verdict == planted.VERDICTS[case]
    assert f"Verdict: {advice.verdict}" in advice.lines()
    assert len(advice.lines()) <= 25
    if case in ("documents", "queries"):
        assert advice.sides["told"]
        words = " ".join(" ".join(advice.lines()).split())
        assert "no better than dealt out at random" in words


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ("documents", "document encoder"),
        ("queries", "query encoder"),
        ("healthy", None),
    ],
)
def test_with_more_dimensions_than_queries_the_side_is_told(case, wanted, tmp_path):
    """Free vectors of either side fit anything then."""
    options = planted.write(case, 0, tmp_path, wide=True)
    collection = inputs_lib.load(AdviceConfig(**options)).collection
    full = {"dim": planted.WIDE, "queries_free": 1.0, "documents_free": 1.0}
    agree = agreement.of_collection(collection)
    found, _ = sides.told([full], lambda dim: False, *agree)
    assert found == wanted

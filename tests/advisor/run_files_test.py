"""Tests of reading TREC runs."""

import gzip

import hypothesis
import pytest
from hypothesis import strategies as st

from set_contrastive.advisor import run_files
from set_contrastive.advisor.judgements import Judgements
from set_contrastive.base.errors import UserError

JUDGEMENTS = Judgements.of_pairs(["q1", "q 2", "q3"], ["a", "b", "c"], [1, 1, 1])
RANKINGS = {"q1": {"a": 3.5, "Geneva Durben": -1e-3}, "q 2": {"b": 7.0}}


def _lines(rankings, between):
    return [
        between.join((query, "Q0", document, str(rank), repr(score), "bm25"))
        for query, ranking in rankings.items()
        for rank, (document, score) in enumerate(ranking.items(), 1)
    ]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n \n"])
def test_a_run_by_tabs(tmp_path, pack, end):
    lines = _lines(RANKINGS | {"not judged": {"a": 1.0}}, "\t")
    (tmp_path / "run").write_bytes(pack(end.join(lines).encode()))
    assert run_files.read(tmp_path / "run", JUDGEMENTS) == RANKINGS


_SCORES = st.floats(allow_nan=False, allow_infinity=False)
_NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=4)
_RANKINGS = st.dictionaries(_NAMES, st.dictionaries(_NAMES, _SCORES, min_size=1))


@hypothesis.given(_RANKINGS, st.sampled_from([" ", "  ", "\t", " \t "]))
@hypothesis.settings(
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
def test_any_run_comes_back_without_what_is_not_judged(tmp_path, rankings, between):
    rankings["q1"] = {"a": 0.5}
    text = "\n".join(_lines(rankings, between)) + "\n"
    (tmp_path / "run").write_text(text)
    judged = [*rankings][::2] + ["q1"]
    judgements = Judgements.of_pairs(
        judged, [str(i) for i in range(len(judged))], [1.0] * len(judged)
    )
    expected = {query: rankings[query] for query in judged}
    assert run_files.read(tmp_path / "run", judgements) == expected


GOOD = "q1 Q0 a 1 2.5 tag\n"
BAD = {
    "columns": (f"{GOOD}\nq1 Q0 b 2 1.5\n", ["6 columns, query Q0", ":3 has 'q1 Q0 b"]),
    "too many": (f"{GOOD}q1 Q0 b c 2 1 t\n", ["6 columns", ":2 has"]),
    "no id": (f"{GOOD}q1\tQ0\t\t2\t1\tt\n", ["6 columns", ":2 has"]),
    "score": (
        f"{GOOD}q1 Q0 b 2 high t\n",
        ["a finite number as score", ":2 has 'high'"],
    ),
    "nan": (f"{GOOD}q1 Q0 b 2 nan t\n", ["a finite number as score", ":2 has 'nan'"]),
    "unjudged": ("x Q0 b 2 inf t\n", ["a finite number as score", ":1 has 'inf'"]),
    "twice": (GOOD * 2, ["a document once for query 'q1'", ":2 has 'a'"]),
    "long": (f"{GOOD}{'x' * 999}\n", ["6 columns", ":2 has 'xxx", "..."]),
    "none judged": (
        "x Q0 a 1 2 t\ny Q0 a 1 2 t\n",
        ["must rank judged queries, such as 'q1'", "but such as 'x'"],
    ),
    "empty": ("", ["must not be empty"]),
    "blank": (" \n\n", ["must not be empty"]),
    "latin-1": (b"q1 Q0 a 1 2.5 tag\nq1 Q0 \xfc", ["text in UTF-8", ":2 has b'\\xfc'"]),
    "cut gzip": (gzip.compress(GOOD.encode())[:-4], ["must be whole", "gzip"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_runs_are_told_in_one_line(tmp_path, case):
    content, parts = BAD[case]
    path = tmp_path / "run.trec"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError) as caught:
        run_files.read(path, JUDGEMENTS)
    message = str(caught.value)
    assert message.startswith("runs must ")
    assert len(message.splitlines()) == 1 and len(message) < 400
    for part in parts:
        assert part in message
        if part.startswith(":"):
            assert f"{path}{part}" in message


def test_a_run_that_cannot_be_read(tmp_path):
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "no", "No such")):
        said = f"^runs must name a file that can be read, got {path}: {reason}"
        with pytest.raises(UserError, match=said):
            run_files.read(path, JUDGEMENTS)

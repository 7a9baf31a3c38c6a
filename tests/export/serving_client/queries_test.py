"""Tests of how a file of queries is read, and how rankings are printed."""

import json

import numpy as np
import pytest

from export.serving_client import queries
from set_contrastive.base.errors import UserError

_OUTPUTS = {
    "keys": np.array([[2, 0, 1]], np.int32),
    "names": np.array([[b"gr\xc3\xbcn", b"a", b"bb"]], object),
    "scores": np.array([[3.0, 1.0, 0.5]], np.float32),
    "probabilities": np.array([[0.8, 0.125, 0.075]], np.float32),
}


def test_lines_go_in_batches(tmp_path):
    file = tmp_path / "queries.txt"
    file.write_text("a b\n c\nd\n")
    found = queries.batches(None, str(file), batch_size=2)
    assert [batch.texts for batch in found] == [("a b", " c"), ("d",)]
    places = [batch.place.removeprefix(f"queries_file={file}, ") for batch in found]
    assert places == ["lines 1 to 2", "line 3"]
    assert [batch.texts for batch in queries.batches("a", None, 2)] == [("a",)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected one query per line"),
        (b"a\n\nb\n", "expected a query on line 2, got an empty line"),
        (b"a\n  \n", "expected a query on line 2"),
        (b"a\nb\xff", "expected UTF-8, got the byte 0xff at 3"),
    ],
)
def test_another_file_is_refused(content, said, tmp_path):
    file = tmp_path / "queries.txt"
    file.write_bytes(content)
    with pytest.raises(UserError, match=f"queries_file={file}: {said}"):
        queries.batches(None, str(file), 2)


def test_the_mark_that_windows_begins_a_file_with_is_no_query(tmp_path):
    file = tmp_path / "queries.txt"
    file.write_bytes(b"\xef\xbb\xbfa b\r\nc\r\n")
    (batch,) = queries.batches(None, str(file), 2)
    assert batch.texts == ("a b", "c")


def test_a_text_that_is_not_utf_8_is_refused():
    with pytest.raises(UserError, match="query: expected UTF-8, got 'a .udcff'"):
        queries.batches("a \udcff", None, 2)


def test_one_source_of_queries_is_needed():
    for query, file, got in ((None, None, "neither"), ("a", "b", "both")):
        with pytest.raises(UserError, match=f"query and queries_file, got {got}"):
            queries.batches(query, file, 2)


def test_a_ranking_is_printed_for_people_and_programs():
    (found,) = queries.rankings(["q"], _OUTPUTS, "rank_text")
    best = found.top(2)
    assert best.table().splitlines() == [
        "key   probability",
        "gr\u00fcn       0.8000",
        "a          0.1250",
    ]
    assert json.loads(best.json_line()) == {
        "query": "q",
        "keys": [2, 0],
        "names": ["gr\u00fcn", "a"],
        "scores": [3.0, 1.0],
        "probabilities": [pytest.approx(0.8), 0.125],
    }
    assert "\n" not in best.json_line()


def test_outputs_of_another_shape_are_refused():
    with pytest.raises(UserError, match=r"shape \[2, keys\], got \[1, 3\]"):
        queries.rankings(["q", "r"], _OUTPUTS, "rank_text")
    ragged = {**_OUTPUTS, "names": _OUTPUTS["names"][:, :2]}
    with pytest.raises(UserError, match=r"got \[1, 2\], \[1, 3\]"):
        queries.rankings(["q"], ragged, "rank_text")
    with pytest.raises(UserError, match="got none without keys, names"):
        queries.rankings(["q"], {}, "rank_text")

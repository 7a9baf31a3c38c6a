"""Tests of how a file of queries is read."""

import pytest

from export.serving_client import queries
from set_contrastive.base.errors import UserError


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
        (b"", "expected a query a line"),
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


def test_one_source_of_queries_is_needed():
    for query, file, got in ((None, None, "neither"), ("a", "b", "both")):
        with pytest.raises(UserError, match=f"query and queries_file, got {got}"):
            queries.batches(query, file, 2)

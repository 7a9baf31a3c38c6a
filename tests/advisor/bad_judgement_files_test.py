"""Tests of files of judgements that cannot be read: one line tells why."""

import gzip

import pytest

from set_contrastive.advisor import judgement_files
from set_contrastive.base.errors import UserError
from tests.advisor.judgement_triples import HEADER
from tests.advisor.judgement_triples import parquet_bytes
from tests.advisor.judgement_triples import read_triples
from tests.advisor.judgement_triples import written

BAD = {
    "trec columns": ("q 0 d 1\nq 0 e\n", ["4 columns, query iter", ":2 has 'q 0 e'"]),
    "trec grade": ("# x\nq 0 d 1\nq 0 e x\n", ["finite number as grade", ":3 has 'x'"]),
    "trec nan": ("q 0 d 1\nq 0 e nan\n", ["finite number", ":2 has 'nan'"]),
    "trec no id": ("q\t0\td\t1\nq\t0\t\t1\n", ["ids of a query and a", ":2 has ''"]),
    "no form": (
        "\nhello world\n",
        ["a known form: TREC qrels", ":2 has 'hello world'"],
    ),
    "three words": ("q d 1\n", ["a known form", ":1 has 'q d 1'"]),
    "list": ('[{"query-id": 1}]', ["a known form", ":1"]),
    "beir columns": (f"{HEADER}a\tb\n", ["3 columns by '\\t'", "2 came", ":2 has"]),
    "beir grade": (f"{HEADER}a\tb\t1\n\na\tc\tyes\n", ["as grade", ":4 has 'yes'"]),
    "beir no id": (f"{HEADER}a\t\t1\n", ["ids of a query", ":2 has ''"]),
    "csv columns": ("a,b\nc,d\ne,f,1\n", ["2 columns by ','", "3 came", ":3 has"]),
    "csv open quote": (
        'a,b\nc,"d\ne,f\n' * 2,
        ["2 columns by ','", ":2 has 'c,\"d'"],
    ),
    "csv two lines": ('a,b\nc,"d\ne"\n', ["2 columns", "quotation mark", ":2 has"]),
    "csv last quote": ('a,b\nc,"d\ne,f\n', ["2 columns", ":2 has 'c,\"d'"]),
    "csv inner quote": ('a,b\n"c"x,d\n', ["2 columns", ":2 has"]),
    "csv comment": ("a,b\n#c,d\n", ["a header if a line begins with #", ":2 has"]),
    "csv half": ("qid,what\na,b\n", ["of a query and of a document", "qid, what"]),
    "csv grade": (
        "qid,docid,stars\na,b,1\n",
        ["name their grade score, grade, relevance", ":1 has the unknown stars"],
    ),
    "json": ('{"query-id": "a"\n', ["a JSON object in each line", ":1 has"]),
    "json deep": ('{"a":' + "[" * 100_000 + "\n", ["a JSON object", ":1 has", "..."]),
    "json list": ('{"qid": "a", "docid": "b"}\n["a"]\n', ["a JSON object", ":2 has"]),
    "json keys": ('{"a": "b"}', ["ids of a query and a document such", ":1 has"]),
    "json half": (
        '{"qid": "a", "docid": "b"}\n{"docid": "a"}\n',
        ["of a query and of a document", ":2 names docid"],
    ),
    "json id": ('{"qid": null, "docid": "b"}', ["ids of a query", ":1 has None"]),
    "json float id": ('{"qid": 1.5, "docid": "b"}', ["ids of a query", ":1 has 1.5"]),
    "json score": (
        '{"qid": "a", "docid": "b", "score": null}',
        ["a finite number as grade", ":1 has None"],
    ),
    "json big": (
        '{"qid": "a", "docid": "b", "score": 1' + "0" * 400 + "}",
        ["a finite number as grade", ":1 has 10000"],
    ),
    "comments": ("# a\n#b\n", ["must hold a pair", "only comments"]),
    "header alone": (HEADER, ["must hold a pair", "holds none"]),
    "empty": ("", ["judgements must not be empty"]),
    "blank": ("\n \n", ["judgements must not be empty"]),
    "empty gzip": (gzip.compress(b""), ["judgements must not be empty"]),
    "latin-1": (b"q 0 d 1\nq 0 \xfc 1\n", ["text in UTF-8", r":2 has b'\xfc 1\n'"]),
    "utf-16": ("q 0 d 1".encode("utf-16"), ["text in UTF-8", ":1 has"]),
    "nul": (b"q 0 d 1\nq 0 \0 1\n", ["text in UTF-8", ":2 has"]),
    "cut gzip": (gzip.compress(b"q 0 d 1\n" * 9)[:-9], ["must be whole", "gzip"]),
    "bad gzip": (b"\x1f\x8b\x08\x00" + b"x" * 40, ["must be whole", "gzip"]),
    "cut parquet": (b"PAR1 and no more", ["must be whole", "damaged Parquet"]),
    "twice": ("q 0 d 1\nq 0 d 0\n", ["judge a pair once", "q d"]),
    "irrelevant": ("q 0 d 0\n", ["hold a relevant pair", "none of 1"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_in_one_line(tmp_path, case):
    content, parts = BAD[case]
    path = written(tmp_path, content)
    with pytest.raises(UserError) as caught:
        judgement_files.read(path)
    message = str(caught.value)
    assert message.startswith("judgements must ")
    assert len(message.splitlines()) == 1 and len(message) < 500
    for part in parts:
        assert part in message
        if part.startswith(":"):
            assert f"{path}{part}" in message


@pytest.mark.parametrize(
    ("columns", "part"),
    [
        ({"a": ["b"]}, "columns such as query-id and corpus-id, .* has a$"),
        ({"qid": ["b"], "b": [1]}, "of a query and of a document, .* names qid, b"),
        ({"qid": ["b", None], "docid": ["c", "d"]}, "ids of a query .*:2 has None"),
        ({"qid": ["b"], "docid": [1.5]}, r"ids of a query .*:1 has 1\.5"),
        ({"qid": ["b"], "docid": ["c"], "score": [None]}, "as grade, .*:1 has None"),
        ({"qid": ["b"], "docid": ["c"], "stars": [1]}, "has the unknown stars"),
        ({"qid": [], "docid": []}, "hold a pair, .* holds none"),
    ],
)
def test_bad_parquet(columns, part):
    with pytest.raises(UserError, match=f"^judgements must .*{part}"):
        read_triples(parquet_bytes(columns))


def test_a_file_that_is_not_there(tmp_path):
    path = tmp_path / "none.txt"
    said = f"^judgements must name a file that can be read, got {path}: No such file"
    with pytest.raises(UserError, match=said):
        judgement_files.read(path)

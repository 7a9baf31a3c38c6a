"""Tests of reading judgements: every form gives the pairs that were written."""

import csv
import gzip
import io
import json
import math
import pathlib
import tempfile

import hypothesis
import numpy as np
import pyarrow
import pytest
from hypothesis import strategies as st
from pyarrow import parquet

from set_contrastive.advisor import judgement_files
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games import splits

PAIRS = [
    ("q1", "Geneva Durben", 2.0),
    ("q1", "d,2", 0.0),
    ("q two", 'the "third"', 0.5),
    ("q two", "Geneva Durben", -1.0),
    ("ü", "日本", 1.0),
]
SPACELESS = [(q.replace(" ", "_"), d.replace(" ", "_"), g) for q, d, g in PAIRS]


def _trec(pairs):
    return "".join(f"{q} 0 {d} {g!r}\n" for q, d, g in pairs)


def _trec_tabs(pairs):
    lines = ["# query\titer\tdocument\tgrade", ""]
    lines += [f"{q}\tQ0\t{d}\t{g!r}" for q, d, g in pairs]
    return "\r\n".join(lines)


def _table(delimiter, header, order=(0, 1, 2)):
    def write(pairs):
        file = io.StringIO()
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerows([header] if header else [])
        writer.writerows([[pair[i] for i in order] for pair in pairs])
        return file.getvalue()

    return write


def _jsonl(*keys):
    def write(pairs):
        rows = (json.dumps(dict(zip(keys, p, strict=True))) for p in pairs)
        return "\n".join(rows) + "\n\n"

    return write


WITH_SPACES = {
    "trec_tabs": _trec_tabs,
    "beir": _table("\t", ["query-id", "corpus-id", "score"]),
    "beir_underscores": _table("\t", ["query_id", "corpus_id", "score"]),
    "csv": _table(",", ["qid", "docid", "label"]),
    "csv_other_order": _table(",", ["grade", "doc_id", "Query ID"], (2, 1, 0)),
    "csv_bare": _table(",", None),
    "tsv_bare": _table("\t", None),
    "jsonl": _jsonl("query-id", "corpus-id", "score"),
    "jsonl_underscores": _jsonl("query_id", "passage_id", "relevance"),
}


def _written(folder, content):
    """A file of a text or bytes."""
    path = pathlib.Path(folder) / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _triples(judgements):
    return {
        (judgements.query_ids[q], judgements.document_ids[d], g)
        for q, d, g in zip(
            judgements.query, judgements.document, judgements.grade, strict=True
        )
    }


def _read(content, min_relevance=-math.inf):
    with tempfile.TemporaryDirectory() as folder:
        path = _written(folder, content)
        return _triples(judgement_files.read(path, min_relevance))


def _parquet(columns):
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file)
    return file.getvalue()


@pytest.mark.parametrize("form", WITH_SPACES)
@pytest.mark.parametrize(
    "pack", [str.encode, lambda text: gzip.compress(text.encode())]
)
def test_every_form_gives_the_pairs_that_were_written(form, pack):
    assert _read(pack(WITH_SPACES[form](PAIRS))) == set(PAIRS)


def test_trec_by_spaces_with_comments_and_a_byte_order_mark():
    text = "\ufeff# a comment 1 2\n\n" + _trec(SPACELESS) + "  # another\n\n"
    assert _read(text) == set(SPACELESS)
    assert _read(text.replace(" ", "   ")) == set(SPACELESS)


_LETTERS = st.characters(exclude_categories=("C", "Z"), exclude_characters='#{"')
_WORDS = st.text(_LETTERS, min_size=1, max_size=5)
_NAMES = st.lists(_WORDS, min_size=1, max_size=3).map(" ".join)
_GRADES = st.floats(allow_nan=False, allow_infinity=False)


@hypothesis.given(st.dictionaries(st.tuples(_NAMES, _NAMES), _GRADES, min_size=1))
@hypothesis.settings(deadline=None, max_examples=60)
def test_any_names_come_back_from_every_form(grades):
    pairs = [(query, document, grade) for (query, document), grade in grades.items()]
    for form, write in WITH_SPACES.items():
        if not form.endswith("bare"):
            assert _read(write(pairs)) == set(pairs), form
    columns = dict(zip(("query", "doc", "rel"), zip(*pairs, strict=True), strict=True))
    assert _read(_parquet(columns)) == set(pairs)
    spaceless = [(q.replace(" ", "_"), d.replace(" ", "_"), g) for q, d, g in pairs]
    spaceless = {(q, d): g for q, d, g in spaceless}
    spaceless = [(q, d, g) for (q, d), g in spaceless.items()]
    hypothesis.assume("," not in spaceless[0][0] + spaceless[0][1])
    assert _read(_trec(spaceless)) == set(spaceless)
    assert _read(_table(",", None)(spaceless)) == set(spaceless)


@pytest.mark.parametrize(
    "kind", [pyarrow.string(), pyarrow.large_string(), pyarrow.int64()]
)
@pytest.mark.parametrize("grade_kind", [pyarrow.float32(), pyarrow.int8()])
def test_parquet_of_any_types(kind, grade_kind):
    pairs = [("1", "7", 1.0), ("2", "7", 2.0)]
    names = [
        [int(x) if kind == pyarrow.int64() else x for x in c] for c in "12 77".split()
    ]
    columns = {
        "title": ["a", "b"],
        "corpus-id": pyarrow.array(names[1], kind),
        "query_id": pyarrow.array(names[0], kind).dictionary_encode(),
    }
    assert _read(_parquet(columns)) == {(q, d, 1.0) for q, d, _ in pairs}
    columns["relevance"] = pyarrow.array([1, 2], grade_kind)
    assert _read(_parquet(columns)) == set(pairs)


@pytest.mark.parametrize(
    "content",
    [
        "q1,d1\nq2,Geneva Durben\n",
        "q1, d1\nq2, Geneva Durben\n",
        "q1\td1\nq2\tGeneva Durben\n",
        "# who knows\nquery-id,docid\nq1,d1\nq2,Geneva Durben\n",
        "query-id\tcorpus-id\nq1\td1\n\nq2\tGeneva Durben",
        ",qid,query,docid\n0,q1,what is?,d1\n1,q2,why?,Geneva Durben\n",
        '{"query_id": "q1", "doc_id": "d1"}\n{"doc_id": "Geneva Durben", "qid": "q2"}',
    ],
)
def test_a_pair_without_a_grade_has_grade_1(content):
    assert _read(content) == {("q1", "d1", 1.0), ("q2", "Geneva Durben", 1.0)}


def test_numbers_as_ids_and_truth_as_grade_in_json():
    lines = '{"query-id": 1, "corpus-id": 2, "score": true}\n'
    assert _read(lines) == {("1", "2", 1.0)}


def test_ids_with_spaces_and_commas_are_told_from_trec():
    assert _read("q1,Geneva Jo Durben, 1\nq2,Ann B Cole, 0\n") == {
        ("q1", "Geneva Jo Durben", 1.0),
        ("q2", "Ann B Cole", 0.0),
    }
    assert _read("q,1 0 d,2 1\n") == {("q,1", "d,2", 1.0)}
    assert _read("q 0 Paris,_Texas 1\n") == {("q", "Paris,_Texas", 1.0)}
    assert _read("q1\tGeneva Durben\t2\n") == {("q1", "Geneva Durben", 2.0)}
    with pytest.raises(UserError, match="must have a header, or tabs alone .*:1 is"):
        _read("q1\t7 Durben\t2\n")


def test_below_a_header_no_line_is_a_comment():
    assert _read("qid,docid\n#1,d\n") == {("#1", "d", 1.0)}
    assert _read("# a\n" + HEADER + "#1\td\t2\n") == {("#1", "d", 2.0)}


def test_min_relevance_is_that_of_the_judgements(tmp_path):
    path = _written(tmp_path, _trec(SPACELESS))
    judgements = judgement_files.read(path, min_relevance=2)
    assert judgements.query_ids == ("q1",)
    assert judgements.min_relevance == 2
    assert judgement_files.read(path).query_ids == ("q1", "ü")


def test_a_folder_of_beir(tmp_path):
    folder = tmp_path / "scifact"
    (folder / "qrels").mkdir(parents=True)
    said = f"judgements must be a file, or .*{folder} has none; name the file itself"
    with pytest.raises(UserError, match=said):
        judgement_files.read(folder)
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq\tdev\t1\n")
    assert judgement_files.read(folder).document_ids == ("dev",)
    (folder / "qrels" / "train.tsv").write_text("x")
    with pytest.raises(UserError, match=r"has dev\.tsv, train\.tsv; name the file"):
        judgement_files.read(folder)
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq\ttest\t1\n"
    )
    assert judgement_files.read(folder).document_ids == ("test",)


HEADER = "query-id\tcorpus-id\tscore\n"
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
    path = _written(tmp_path, content)
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
        _read(_parquet(columns))


def test_a_file_that_is_not_there(tmp_path):
    path = tmp_path / "none.txt"
    said = f"^judgements must name a file that can be read, got {path}: No such file"
    with pytest.raises(UserError, match=said):
        judgement_files.read(path)


@pytest.mark.parametrize("name", ["set_27", "wildcard_27", "union_27", "shatter_27"])
def test_a_game(name):
    game = registry.get(name)
    judgements = judgement_files.of_game(game, 50, splits.SEEDS["test"], 1.0)
    queries = game.population()
    if queries is None:
        queries = splits.draw_queries(game, 50)
        assert len(judgements.query_ids) == 50
    expected = set()
    for query in queries:
        matches = game.answer(query[None])[0]
        for key in range(27):
            if matches[key]:
                expected.add((game.format(query), game.keys[key], 1.0))
    assert _triples(judgements) == expected
    for text in judgements.query_ids[:5]:
        assert game.answer(game.parse(text)[None]).any()


class _SameTexts(type(registry.get("set_27"))):
    def format(self, query):
        return "same"


def test_a_game_whose_texts_are_not_distinct():
    game = _SameTexts("set_27")
    with pytest.raises(UserError, match="distinct texts to its queries, 729 have 1"):
        judgement_files.of_game(game, 1, 0, 1.0)


def test_a_game_drawn_with_another_seed_has_other_queries():
    game = registry.get("union_27")
    first, second = (judgement_files.of_game(game, 20, s, 1.0) for s in (1, 2))
    assert first.query_ids != second.query_ids
    with pytest.raises(UserError, match="num_queries must be at least 1"):
        judgement_files.of_game(game, 0, 1, 1.0)
    with pytest.raises(UserError, match="hold a relevant pair"):
        judgement_files.of_game(game, 5, 1, 2.0)
    assert np.all(first.grade == 1)

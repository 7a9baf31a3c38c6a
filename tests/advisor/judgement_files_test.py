"""Tests of reading judgements: every form gives the pairs that were written."""

import csv
import gzip
import io
import json

import hypothesis
import pyarrow
import pytest
from hypothesis import strategies as st

from set_contrastive.advisor import judgement_files
from set_contrastive.advisor import judgement_forms
from set_contrastive.base.errors import UserError
from tests.advisor.judgement_triples import HEADER
from tests.advisor.judgement_triples import parquet_bytes
from tests.advisor.judgement_triples import read_triples
from tests.advisor.judgement_triples import written

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


@pytest.mark.parametrize("form", WITH_SPACES)
@pytest.mark.parametrize(
    "pack", [str.encode, lambda text: gzip.compress(text.encode())]
)
def test_every_form_gives_the_pairs_that_were_written(form, pack):
    assert read_triples(pack(WITH_SPACES[form](PAIRS))) == set(PAIRS)


def test_trec_by_spaces_with_comments_and_a_byte_order_mark():
    text = "\ufeff# a comment 1 2\n\n" + _trec(SPACELESS) + "  # another\n\n"
    assert read_triples(text) == set(SPACELESS)
    assert read_triples(text.replace(" ", "   ")) == set(SPACELESS)


_LETTERS = st.characters(exclude_categories=("C", "Z"), exclude_characters='#{"')
_WORDS = st.text(_LETTERS, min_size=1, max_size=5)
_NAMES = st.lists(_WORDS, min_size=1, max_size=3).map(" ".join)
_COLUMNS = {*judgement_forms.QUERY_NAMES, *judgement_forms.DOCUMENT_NAMES}
_GRADES = st.floats(allow_nan=False, allow_infinity=False)


@hypothesis.given(st.dictionaries(st.tuples(_NAMES, _NAMES), _GRADES, min_size=1))
@hypothesis.settings(deadline=None, max_examples=60)
def test_any_names_come_back_from_every_form(grades):
    pairs = [(query, document, grade) for (query, document), grade in grades.items()]
    # A first line with one of these is taken for a header, and refused if it is none.
    hypothesis.assume(not _COLUMNS & {*judgement_forms.normalized(pairs[0][:2])})
    for form, write in WITH_SPACES.items():
        if not form.endswith("bare"):
            assert read_triples(write(pairs)) == set(pairs), form
    columns = dict(zip(("query", "doc", "rel"), zip(*pairs, strict=True), strict=True))
    assert read_triples(parquet_bytes(columns)) == set(pairs)
    spaceless = [(q.replace(" ", "_"), d.replace(" ", "_"), g) for q, d, g in pairs]
    spaceless = {(q, d): g for q, d, g in spaceless}
    spaceless = [(q, d, g) for (q, d), g in spaceless.items()]
    hypothesis.assume("," not in spaceless[0][0] + spaceless[0][1])
    assert read_triples(_trec(spaceless)) == set(spaceless)
    assert read_triples(_table(",", None)(spaceless)) == set(spaceless)


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
    assert read_triples(parquet_bytes(columns)) == {(q, d, 1.0) for q, d, _ in pairs}
    columns["relevance"] = pyarrow.array([1, 2], grade_kind)
    assert read_triples(parquet_bytes(columns)) == set(pairs)


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
    assert read_triples(content) == {("q1", "d1", 1.0), ("q2", "Geneva Durben", 1.0)}


def test_numbers_as_ids_and_truth_as_grade_in_json():
    lines = '{"query-id": 1, "corpus-id": 2, "score": true}\n'
    assert read_triples(lines) == {("1", "2", 1.0)}


def test_ids_with_spaces_and_commas_are_told_from_trec():
    assert read_triples("q1,Geneva Jo Durben, 1\nq2,Ann B Cole, 0\n") == {
        ("q1", "Geneva Jo Durben", 1.0),
        ("q2", "Ann B Cole", 0.0),
    }
    assert read_triples("q,1 0 d,2 1\n") == {("q,1", "d,2", 1.0)}
    assert read_triples("q 0 Paris,_Texas 1\n") == {("q", "Paris,_Texas", 1.0)}
    assert read_triples("q1\tGeneva Durben\t2\n") == {("q1", "Geneva Durben", 2.0)}
    with pytest.raises(UserError, match="must have a header, or tabs alone .*:1 is"):
        read_triples("q1\t7 Durben\t2\n")


def test_below_a_header_no_line_is_a_comment():
    assert read_triples("qid,docid\n#1,d\n") == {("#1", "d", 1.0)}
    assert read_triples("# a\n" + HEADER + "#1\td\t2\n") == {("#1", "d", 2.0)}


def test_min_relevance_is_that_of_the_judgements(tmp_path):
    path = written(tmp_path, _trec(SPACELESS))
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

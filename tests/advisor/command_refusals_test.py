"""Runs `advise` on wrong vectors, options and files: what it says of them."""

import pathlib

import numpy as np
import pytest

from set_contrastive.advisor import advise
from set_contrastive.base.errors import UserError
from tests.advisor.small_advice import flags
from tests.advisor.small_advice import save


def test_output_of_other_inputs_is_refused(small, run_quickly):
    options = small | {"folds": "3"}
    assert run_quickly("set_contrastive.advise", *flags(options))[0] == 0
    code, _, errors = run_quickly("set_contrastive.advise", *flags(small))
    assert code == 1
    assert "holds results of other inputs (folds); name another folder" in errors


def _ids(path, change):
    with np.load(path) as stored:
        ids, vectors = stored["ids"], stored["vectors"].copy()
    save(path, *change(ids, vectors))


def _with_first(vectors, value):
    vectors[0] = value
    return vectors


@pytest.mark.parametrize(
    ("changed", "change", "said"),
    [
        ("document_vectors", lambda i, v: (i[1:], v[1:]), ["1", "d0", "document_vec"]),
        ("query_vectors", lambda i, v: (i[3:], v[3:]), ["3", "q0", "q1", "q2"]),
        ("query_vectors", lambda i, v: ([*i[:-1], "q0"], v), ["q0", "query_vectors"]),
        ("query_vectors", lambda i, v: (i, v[:, 1:]), ["7", "8", "dimension"]),
        ("query_vectors", lambda i, v: (i, _with_first(v, np.nan)), ["q0", "1"]),
        ("document_vectors", lambda i, v: (i, _with_first(v, 0)), ["d0", "zero"]),
    ],
)
def test_wrong_vectors_are_told(small, changed, change, said):
    _ids(small[changed], change)
    options = small | {"dims": (2,), "seeds": 1, "folds": 2}
    with pytest.raises(UserError) as error:
        advise(**options)
    for words in said:
        assert words in str(error.value)
    assert not pathlib.Path(small["output"]).exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measure": "bogus"}, "measure must be one of ir-measures"),
        ({"measure": "ERR@10"}, "measure ERR@10 must be one that ir-measures can "),
        ({"measure": "SetF"}, "measure must tell a ranking from another"),
        (
            {"dims": "2,9"},
            "dims must be at most 8, the dimension of the vectors, got 9",
        ),
        ({"folds": "41"}, "folds"),
        ({"query_vectors": ""}, "query_vectors"),
        ({"judgements": "missing.txt"}, "missing.txt"),
        ({"min_relevance": "3"}, "none of 80 has a grade of at least min_relevance=3"),
        ({"min_relevance": "0"}, "min_relevance must be a finite number above 0, as "),
        ({"min_relevance": "-1"}, "min_relevance must be a finite number above 0, as "),
        ({"min_relevance": "nan"}, "grade 0 no gain, got nan"),
        ({"min_relevance": "inf"}, "grade 0 no gain, got inf"),
        ({"tolerance": "2"}, "tolerance must be 0 to 1, got 2"),
        ({"seeds": "0"}, "seeds must be at least 1, got 0"),
    ],
)
def test_wrong_options_are_one_line(small, run_quickly, changes, said):
    options = small | changes
    code, _, errors = run_quickly("set_contrastive.advise", *flags(options))
    assert code == 1
    assert said in errors
    assert len(errors.strip().splitlines()) == 1
    assert not pathlib.Path(small["output"]).exists()


def test_a_line_of_a_wrong_form_is_named(small, run_quickly):
    qrels = pathlib.Path(small["judgements"])
    lines = qrels.read_text().splitlines()
    lines[4] = "q1 0 d1 much"
    qrels.write_text("\n".join(lines))
    code, _, errors = run_quickly("set_contrastive.advise", *flags(small))
    assert code == 1
    assert f"{qrels}:5" in errors
    assert not pathlib.Path(small["output"]).exists()

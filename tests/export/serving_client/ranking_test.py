"""Tests of rankings and how they are printed."""

import json

import numpy as np
import pytest

from export.serving_client import ranking
from set_contrastive.base.errors import UserError

_OUTPUTS = {
    "keys": np.array([[2, 0, 1]], np.int32),
    "names": np.array([[b"gr\xc3\xbcn", b"a", b"bb"]], object),
    "scores": np.array([[3.0, 1.0, 0.5]], np.float32),
    "probabilities": np.array([[0.8, 0.125, 0.075]], np.float32),
}


def test_a_ranking_is_printed_for_people_and_programs():
    (found,) = ranking.from_outputs(["q"], _OUTPUTS, "rank_text")
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
        ranking.from_outputs(["q", "r"], _OUTPUTS, "rank_text")
    ragged = {**_OUTPUTS, "names": _OUTPUTS["names"][:, :2]}
    with pytest.raises(UserError, match=r"got \[1, 2\], \[1, 3\]"):
        ranking.from_outputs(["q"], ragged, "rank_text")
    with pytest.raises(UserError, match="got none without keys, names"):
        ranking.from_outputs(["q"], {}, "rank_text")

"""Tests of pages of advice that lacks something, or that is uncertain."""

import pytest

from tests.reporting.known_advice import full_advice
from tests.reporting.known_advice import uninformative
from tests.reporting.known_advice import without_vectors
from tests.reporting.parsed_page import FIGURES
from tests.reporting.parsed_page import without_spaces
from tests.reporting.parsed_page import write

_EVIL = "R@2<script>alert(1)</script>$x_"


def test_what_comes_from_the_input_is_text(tmp_path):
    advice = full_advice() | {"measure": _EVIL, "next_step": "<i>look</i>"}
    advice["judgements"]["reason"] = "<img src=x>"
    page, text = write(advice, tmp_path)
    assert not {"script", "i", "b", "are"} & set(page.tags)
    assert page.tags.count("img") == len(FIGURES)
    assert "R@2&lt;script&gt;" in text and "abacus &lt;1&gt;" in text
    assert _EVIL in page.words and "--judgements='<b>.txt'" in page.words


def test_without_vectors_the_judgements_are_answered(tmp_path):
    page, _ = write(without_vectors(), tmp_path)
    assert page.titles[0] == "What the judgements alone tell of the dimension"
    assert {path.stem for path in tmp_path.glob("*.png")} == {"survives", "reached"}
    words = without_spaces(page.words)
    assert "--query_vectors" in words and "Store" not in words
    assert "R@2 0.610 [0.580, 0.640]; what it adds is unknown" in words
    assert "none were scored again" in words and "witness.npz" not in words


def test_judgements_that_cannot_tell_are_said_to_first(tmp_path):
    page, text = write(uninformative(), tmp_path)
    assert page.titles[0] == "These judgements cannot tell what limits vectors"
    words = without_spaces(page.words)
    reason = "These judgements cannot reveal a limit of the dimension."
    assert words.index(reason) < words.index("Next:")
    assert "<strong>2 dimensions</strong>" in text
    assert ", unknown between" not in words
    assert "No free vectors were trained" in words
    # Without a tolerance nothing is called within it.
    assert "+0.002 to +0.008</td>" in text


def test_what_is_uncertain_is_said(tmp_path):
    advice = full_advice()
    advice["judgements"]["trained_queries"] = 777
    advice["reranker"]["low"] = -0.01
    page, _ = write(advice, tmp_path)
    words = without_spaces(page.words)
    assert "-0.010 to +0.150, so no difference is shown" in words
    assert "777 queries that were drawn from them" in words
    assert "Both bounds hold for all queries" in words


def test_what_free_vectors_miss_of_grades_is_not_put_down_to_geometry(tmp_path):
    advice = full_advice()
    said = "may be training’s: c is fitted to relevant or not, not to grades"
    assert said not in without_spaces(write(advice, tmp_path)[0].words)
    advice["causes"][-1]["geometry_told"] = False
    advice["verdict"] = "not told"
    words = without_spaces(write(advice, tmp_path)[0].words)
    assert said in words
    assert "What limits these vectors is not told" in words


def test_queries_that_are_left_out_are_counted(tmp_path):
    advice = full_advice()
    said = "7 more queries were judged and have no relevant document"
    assert said not in without_spaces(write(advice, tmp_path)[0].words)
    advice["judgements"]["queries_left_out"] = 7
    assert said in without_spaces(write(advice, tmp_path)[0].words)


def test_a_ranking_that_is_worse_is_called_so_and_no_reranker(tmp_path):
    advice = full_advice()
    advice["reranker"] |= {"gain": -0.079, "low": -0.109, "high": -0.05}
    words = without_spaces(write(advice, tmp_path)[0].words)
    assert "The ranking of --runs has R@2 0.610" in words
    assert "-0.109 to -0.050, so it is worse than they are" in words
    assert "reranker" not in words
    assert "1,234 queries, and" not in words
    advice["reranker"]["queries_ranked"] = 30
    words = without_spaces(write(advice, tmp_path)[0].words)
    assert "though it ranks 30 of 1,234 queries, and others count as 0" in words


@pytest.mark.parametrize("mendable", [False, True])
def test_a_side_that_is_not_told_is_not_in_the_title(mendable, tmp_path):
    advice = full_advice()
    advice["sides"] = {
        "told": False,
        "reason": "free vectors cannot tell the two sides apart: <both> reach 1.000",
        "lost": 0.43,
        "query_head_recovers": 0.2,
        "mendable": mendable,
    }
    page, _ = write(advice, tmp_path)
    assert page.titles[0] == "An encoder limits these vectors, which one cannot be told"
    words = without_spaces(page.words)
    assert "is not told: free vectors cannot tell the two sides apart: <both>" in words
    assert "recovers 0.200 of the 0.430 that is lost" in words
    assert ("can be mended cheaply" in words) is mendable


def test_a_side_that_is_told_says_by_what(tmp_path):
    advice = full_advice() | {
        "sides": {"told": True, "reason": "the query vectors, p = 0.3"}
    }
    page, _ = write(advice, tmp_path)
    assert page.titles[0] == "The query encoder limits these vectors"
    assert "Which side loses is told: the query vectors, p = 0.3." in page.words

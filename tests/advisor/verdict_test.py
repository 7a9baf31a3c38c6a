import pytest

from set_contrastive.advisor import verdict

LIMIT = {
    "as_is": 0.16,
    "query_head": 0.16,
    "queries_free": 1.0,
    "documents_free": 1.0,
    "queries_free_kl": 0.0,
    "documents_free_kl": 0.1,
    "all_free": 1.0,
    "best_possible": 1.0,
    "geometry_told": True,
}


@pytest.mark.parametrize(
    ("changes", "both_count", "wanted"),
    [
        ({}, False, "query encoder"),
        ({"as_is": 0.995}, False, "none"),
        ({"queries_free": 0.3, "all_free": 0.4}, False, "geometry"),
        # What all free vectors miss may be training's, where grades count.
        (
            {"queries_free": 0.3, "all_free": 0.4, "geometry_told": False},
            *(False, "not told"),
        ),
        ({"queries_free": 0.3, "geometry_told": False}, False, "document encoder"),
        ({"queries_free": 0.3}, False, "document encoder"),
        # Free queries would make up for it, but free documents do so better.
        ({"queries_free": 0.9}, True, "document encoder"),
        ({"documents_free": 0.5}, True, "query encoder"),
        # Both make up for all of it: the side that does so with less effort.
        ({"documents_free_kl": 0.0, "queries_free_kl": 0.1}, True, "document encoder"),
        ({}, True, "query encoder"),
        # The best measure that there is counts, not 1.
        ({"best_possible": 0.17, "all_free": 0.17, "queries_free": 0.17}, True, "none"),
    ],
)
def test_what_limits(changes, both_count, wanted):
    assert verdict.limiting(LIMIT | changes, 0.015, both_count) == wanted


@pytest.mark.parametrize(
    ("upper", "most", "wanted"), [(2, 1, False), (2, 3, False), (3, 2, True)]
)
def test_what_judgements_can_tell(upper, most, wanted):
    found, reason = verdict.informative(upper, most, 1234)
    assert found is wanted
    assert ("cannot reveal a limit of the dimension" in reason) is not wanted
    # Documents that are relevant to the same queries are one column: both are named.
    both = "up to 1,234 relevant documents in 2 distinct columns"
    assert (both in reason) is wanted


def _row(reduction, precision, size, value, loss_high):
    return {
        "reduction": reduction,
        "precision": precision,
        "dim": 8,
        "bytes_per_document": size,
        "value": value,
        "low": value - 0.01,
        "high": value + 0.01,
        "loss": 0.5 - value,
        "loss_high": loss_high,
    }


def test_the_fewest_bytes_whose_loss_is_surely_small():
    rows = [
        _row("none", "float32", 1536, 0.50, 0.0),
        _row("pca", "int8", 64, 0.495, 0.012),  # Its mean loss would do.
        _row("prefix", "int8", 128, 0.495, 0.009),
        _row("learned", "int8", 128, 0.499, 0.004),
        _row("pca", "float16", 256, 0.5, 0.001),
    ]
    found = verdict.recommended(rows, 0.01)
    assert (found["reduction"], found["bytes_per_million"]) == ("prefix", 128_000_000)
    assert verdict.recommended(rows, 0.0)["reduction"] == "none"


def test_next_step_follows_from_the_numbers():
    words = verdict.next_step("query encoder", LIMIT, None)
    assert words.startswith("train the query encoder")
    assert "linear map" not in words  # It recovers nothing.
    words = verdict.next_step("query encoder", LIMIT | {"query_head": 0.5}, None)
    assert "a linear map of the queries alone recovers 0.340" in words
    assert "judge more" in verdict.next_step("judgements cannot tell", None, None)
    assert "free vectors are not fitted to grades" in verdict.next_step(
        "not told", LIMIT, None
    )
    assert "give the vectors" in verdict.next_step("none", None, None)


@pytest.mark.parametrize(
    ("gain", "low", "high", "said"),
    [
        (0.2, 0.1, 0.3, "is better, which is what its price buys: +0.200 [+0.100, "),
        (0.01, -0.1, 0.1, "no difference to the ranking of --runs is shown: +0.010 ["),
        (-0.079, -0.109, -0.050, "is worse: -0.079 [-0.109, -0.050]"),
    ],
)
def test_another_ranking_is_better_or_worse_by_its_interval(gain, low, high, said):
    found = {"gain": gain, "low": low, "high": high}
    found |= {"queries": 1234, "queries_ranked": 1234}
    found["difference"] = verdict.difference(low, high)
    words = verdict.next_step("none", LIMIT, found)
    assert said in words
    assert "reranker" not in words  # Whatever made the ranking.
    assert "1,234" not in words
    words = verdict.next_step("none", LIMIT, found | {"queries_ranked": 30})
    assert "though it ranks 30 of 1,234 queries; others count as 0" in words


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (0.5, "it recovers 0.340 of the 0.840 that is lost, whichever side loses it"),
        (0.2, "which side loses cannot be told from these judgements"),
    ],
)
def test_a_head_decides_where_the_side_is_not_told(head, said):
    cause = LIMIT | {"query_head": head}
    for side in ("query encoder", "document encoder"):
        words = verdict.next_step(side, cause, None, {"told": False})
        assert said in words
        assert "train the" not in words

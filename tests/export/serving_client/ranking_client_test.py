"""Tests of the client by both protocols, against a real server process."""

import time

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from tests.export.serving_client.questions import GAME
from tests.export.serving_client.questions import PROTOCOLS
from tests.export.serving_client.questions import TEXTS


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_rankings_are_those_of_the_model(protocol, rank, expected):
    rankings = rank(protocol, TEXTS)
    assert [ranking.query for ranking in rankings] == TEXTS
    for row, ranking in enumerate(rankings):
        keys = expected.keys[row]
        assert ranking.keys == tuple(keys)
        assert ranking.names == tuple(GAME.keys[key] for key in keys)
        np.testing.assert_allclose(
            ranking.scores, expected.scores[row][keys], atol=1e-6
        )
        np.testing.assert_allclose(
            ranking.probabilities, expected.probabilities[row][keys], atol=1e-6
        )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_rankings_of_late_interaction_are_those_of_the_model(
    protocol, rank, late_expected
):
    for row, ranking in enumerate(rank(protocol, TEXTS, name="late")):
        keys = late_expected.keys[row]
        assert ranking.keys == tuple(keys)
        np.testing.assert_allclose(
            ranking.scores, late_expected.scores[row][keys], atol=1e-6
        )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_unavailable_is_asked_again(protocol, rank, behave):
    predictions = behave(unavailable=2)
    assert len(rank(protocol, TEXTS)) == len(TEXTS)
    assert predictions() == 3
    predictions = behave(unavailable=9)
    with pytest.raises(UserError, match="retries=2: the test wants this server"):
        rank(protocol, TEXTS, retries=2)
    assert predictions() == 3


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_else_is_asked_again(protocol, rank, behave):
    predictions = behave()
    with pytest.raises(UserError, match="query: refused by model=union_27.*got.*green"):
        rank(protocol, ["green"])
    assert predictions() == 1
    predictions = behave(delay=1.0)
    start = time.monotonic()
    with pytest.raises(UserError, match=r"timeout=0.2: localhost:\d+ did not answer"):
        rank(protocol, TEXTS, timeout=0.2)
    assert time.monotonic() - start < 0.9
    assert predictions() == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_versions_are_chosen_by_number_and_label(protocol, rank):
    for choice in ({"version": 1}, {"version_label": "stable"}):
        (ranking,) = rank(protocol, ["a short one"], **choice)
        assert ranking.names == ("long", "short")
        assert ranking.probabilities == pytest.approx((0.75, 0.25))
    (ranking,) = rank(protocol, TEXTS[:1], version=2)
    assert len(ranking.names) == 27


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"name": "poker"}, r"model=poker: not at localhost:.*Latest\(poker\)"),
        ({"version": 9}, r"model=union_27, version=9: not at .*Specific\(union_27, 9"),
        ({"version_label": "new"}, "Unrecognized servable version label: new"),
        (
            {"signature": "best"},
            "signature=best: expected one of encode_key, encode_query, rank, rank_text,"
            " score_all, score_text, serving_default of model=union_27",
        ),
        (
            {"signature": "score_text"},
            "signature=score_text: expected the outputs keys, names, scores, "
            "probabilities, got probabilities, scores without keys, names",
        ),
    ],
    ids=["model", "version", "label", "signature", "outputs"],
)
def test_what_the_server_lacks_is_named(protocol, model, said, rank):
    with pytest.raises(UserError, match=said):
        rank(protocol, TEXTS[:1], **model)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_tls_verifies_the_server(protocol, rank, ports, certificate, expected):
    if not certificate:
        pytest.skip("a certificate needs the command openssl")
    root = str(certificate / "certificate.pem")
    (ranking,) = rank(protocol, TEXTS[:1], tls=True, tls_ca=root)
    assert ranking.keys == tuple(expected.keys[0])
    with pytest.raises(UserError, match=r"(?i)certificate.verify.failed"):
        rank(protocol, TEXTS[:1], tls=True, retries=0)
    with pytest.raises(UserError, match="target=localhost"):
        rank(protocol, TEXTS[:1], port=ports[f"{protocol}_tls"], retries=0)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_closed_port_is_unavailable(protocol, rank):
    with pytest.raises(UserError, match="and retries=1: .*(?i:refused)"):
        rank(protocol, TEXTS[:1], port=1, retries=1)

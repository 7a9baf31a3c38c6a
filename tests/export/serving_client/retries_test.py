"""Tests of when the client asks again, on a clock of their own."""

import types

import pytest

from export.serving_client import ranking_client
from export.serving_client import server
from export.serving_client.ranking_client import Retries
from export.serving_client.server import CallError
from set_contrastive.base.errors import UserError


@pytest.fixture
def clock(monkeypatch):
    """Time that passes in sleep alone; waits are the longest that chance allows."""
    clock = types.SimpleNamespace(now=100.0, waits=[])

    def sleep(seconds):
        clock.now += seconds
        clock.waits.append(seconds)

    monkeypatch.setattr(
        ranking_client,
        "time",
        types.SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep),
    )
    bounds = types.SimpleNamespace(uniform=lambda low, high: (low == 0) * high)
    monkeypatch.setattr(ranking_client, "random", bounds)
    return clock


def _failing(times, status=server.UNAVAILABLE):
    """Returns an attempt that fails some times, and the seconds it was left."""
    left = []

    def attempt(timeout):
        left.append(timeout)
        if len(left) <= times:
            raise CallError(status, f"try {len(left)}")
        return "answer"

    return attempt, left


def test_waits_double_up_to_the_longest(clock):
    attempt, left = _failing(6)
    policy = Retries(number=6, timeout=100.0, first_wait=0.1, longest_wait=1.0)
    assert policy.call(attempt) == "answer"
    assert clock.waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0])
    assert left[0] == 100.0
    assert left[-1] == pytest.approx(100.0 - 3.5)


def test_it_gives_up_after_the_number_of_retries(clock):
    attempt, left = _failing(9)
    with pytest.raises(CallError, match="try 3"):
        Retries(number=2).call(attempt)
    assert len(left) == 3 and len(clock.waits) == 2


def test_it_does_not_wait_past_the_timeout(clock):
    attempt, left = _failing(9)
    with pytest.raises(CallError, match="try 2"):
        Retries(number=9, timeout=0.25, first_wait=0.1).call(attempt)
    assert clock.waits == [0.1] and min(left) > 0


@pytest.mark.parametrize("timeout", [float("inf"), 1e12, 86_401])
def test_no_timeout_is_longer_than_a_day(timeout):
    with pytest.raises(UserError, match="timeout must be at most 86,400, got"):
        Retries(timeout=timeout)
    assert Retries(timeout=86_400).timeout == 86_400


@pytest.mark.parametrize(
    "status", ["INVALID_ARGUMENT", "NOT_FOUND", "DEADLINE_EXCEEDED", "INTERNAL"]
)
def test_only_unavailable_is_tried_again(status, clock):
    attempt, left = _failing(1, status)
    with pytest.raises(CallError):
        Retries().call(attempt)
    assert len(left) == 1 and clock.waits == []


def test_waits_are_random(monkeypatch):
    waits = []
    monkeypatch.setattr(ranking_client.time, "sleep", waits.append)
    attempt, _ = _failing(9)
    with pytest.raises(CallError):
        Retries(number=8, first_wait=1.0, longest_wait=1.0).call(attempt)
    assert len(set(waits)) == 8 and 0 <= min(waits) < max(waits) <= 1

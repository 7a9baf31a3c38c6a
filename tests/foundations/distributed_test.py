"""Time models against an exchange that is played through, and a real one."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.foundations.exchange import processes
from set_contrastive.foundations.exchange import time_models
from set_contrastive.foundations.exchange.time_models import Link


def play_ring(values):
    """Adds up the rows `[R, R]` as a ring does; returns the sums and what was sent."""
    replicas = len(values)
    state, sent = values.copy(), np.zeros(replicas)
    for start, adds in ((0, True), (1, False)):
        for hop in range(replicas - 1):
            parts = [(r + start - hop) % replicas for r in range(replicas)]
            moved = [state[r, part] for r, part in enumerate(parts)]
            for r, part in enumerate(parts):
                to = (r + 1) % replicas
                state[to, part] = moved[r] + (state[to, part] if adds else 0.0)
                sent[r] += 1 / replicas
    return state, sent


@pytest.mark.parametrize("replicas", [2, 3, 5, 8])
def test_a_ring_sends_and_takes_what_the_model_says(replicas):
    values = np.random.default_rng(0).normal(size=(replicas, replicas))
    state, sent = play_ring(values)
    np.testing.assert_allclose(state, np.tile(values.sum(axis=0), (replicas, 1)))
    # Messages without delay on links of 1 byte a second: time is what each sends.
    seconds = time_models.ring(replicas, 1.0, Link(0.0, 1.0))
    np.testing.assert_allclose(sent, seconds)
    assert time_models.ring(replicas, 0.0, Link(1.0, 1.0)) == 2 * (replicas - 1)


def test_a_server_takes_in_and_gives_out_all():
    link = Link(0.5, 100.0)
    assert time_models.server(4, 200.0, link) == 2 * 0.5 + (4 * 200 + 4 * 200) / 100
    assert time_models.server(1, 200.0, link) == time_models.ring(1, 200.0, link) == 0.0
    assert time_models.gather(4, 200.0, link) == 3 * 0.5 + 3 * 50 / 100


def test_the_link_is_found_again():
    link = Link(3e-4, 2e8)
    sizes = [2**12, 2**16, 2**20, 2**23]
    found = time_models.fit(4, sizes, [time_models.ring(4, s, link) for s in sizes])
    assert found.seconds == pytest.approx(link.seconds, rel=1e-6)
    assert found.bytes_per_second == pytest.approx(link.bytes_per_second, rel=1e-6)


@pytest.mark.parametrize("parameters", [1e5, 1e9])
def test_at_the_balance_computing_takes_as_long_as_the_exchange(parameters):
    replicas, flops, speed = 8, 1e12, 1e9
    link, size = Link(0.0, speed), 4 * parameters
    found = time_models.balance(replicas, flops, speed)
    for name, exchange in (("ring", time_models.ring), ("server", time_models.server)):
        computing = 6 * parameters * found[name] / flops
        assert computing == pytest.approx(exchange(replicas, size, link))


def test_bytes_of_a_step_are_those_of_its_arrays():
    weights = [np.zeros((5, 3), np.float32), np.zeros(7, np.float32)]
    scores = np.zeros((6, 27), np.float32)
    mask_and_key = np.zeros((6, 28), np.float32)
    reduced, gathered = time_models.exchanged_bytes(22, 27, 6)
    assert reduced == 2 * sum(weight.nbytes for weight in weights)
    assert gathered == scores.nbytes + mask_and_key.nbytes


def test_replicas_are_measured():
    # In a process of its own: TensorFlow keeps the shapes of a process's collectives,
    # and those of another test's strategy would be taken for this one's.
    order = {
        "strategy": "mirrored",
        "replicas": 2,
        "widths": [8],
        "batch_size": 8,
        "steps": 1,
        "sizes": [64, 4096],
    }
    found = processes.run(order, 1, 240.0)
    (step,) = found["steps"]
    assert step["d_model"] == 8 and 0 < step["step_s"] < 60
    assert len(found["all_reduce_s"]) == 2 and min(found["all_reduce_s"]) > 0


def test_two_processes_speak():
    order = {
        "strategy": "multi_worker",
        "replicas": 2,
        "widths": [8],
        "batch_size": 8,
        "steps": 1,
        "sizes": [64],
    }
    found = processes.run(order, 2, 240.0)
    assert found["replicas"] == 2 and len(found["all_reduce_s"]) == 1


def test_a_process_that_fails_or_hangs_is_told_of():
    with pytest.raises(UserError, match="a replica's process ended: KeyError"):
        processes.run({}, 1, 240.0)
    with pytest.raises(UserError, match="did not end within 0 seconds"):
        processes.run({}, 1, 0.01)

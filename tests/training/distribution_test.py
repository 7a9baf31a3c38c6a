"""Tests of who takes part in a training, and who is the chief of a cluster."""

import types

import pytest
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.training import distribution

_HOSTS = ["localhost:1", "localhost:2"]


@pytest.mark.parametrize(
    ("jobs", "task", "expected"),
    [
        (["worker"], ("worker", 0), True),
        (["worker"], ("worker", 1), False),
        (["chief", "worker"], ("chief", 0), True),
        (["chief", "worker"], ("worker", 0), False),  # Once a second chief.
        (["chief", "worker"], ("worker", 1), False),
    ],
)
def test_one_task_is_the_chief_as_tensorflow_has_it(jobs, task, expected):
    cluster = {job: _HOSTS[:1] if job == "chief" else _HOSTS for job in jobs}
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec(cluster), task_type=task[0], task_id=task[1]
    )
    strategy = types.SimpleNamespace(cluster_resolver=resolver)
    assert distribution.is_chief(strategy) is expected


def test_without_a_cluster_the_process_is_the_chief():
    assert distribution.is_chief(tf.distribute.get_strategy())


def test_a_task_that_does_not_train_is_refused(monkeypatch):
    config = (
        '{"cluster": {"worker": ["localhost:1"], "evaluator": ["localhost:2"]}, '
        '"task": {"type": "evaluator", "index": 0}}'
    )
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(UserError, match="chief or worker, got 'evaluator'"):
        distribution.build("multi_worker", 1)


def test_too_many_replicas_are_refused():
    available = len(tf.config.list_logical_devices("CPU"))
    with pytest.raises(ValueError, match=f"at most {available}"):
        distribution.build("mirrored", available + 1)


def test_multi_worker_needs_tf_config(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match="TF_CONFIG"):
        distribution.build("multi_worker", 2)

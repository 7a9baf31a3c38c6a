"""Where a step runs: on one device, on several of one host, or on several hosts."""

import contextlib
import functools
import os
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import StrategyName


def count_replicas(strategy: StrategyName) -> int:
    """Returns how many replicas a strategy has by default: one per GPU, at least one.

    For `multi_worker` the number of this host's GPUs counts for every worker.
    """
    local = max(len(tf.config.list_physical_devices("GPU")), 1)
    if strategy == "none":
        return 1
    return local * (_num_workers() if strategy == "multi_worker" else 1)


def build(strategy: StrategyName, replicas: int) -> tf.distribute.Strategy:
    """Returns the strategy that runs `replicas` replicas in sync.

    `mirrored` takes the first GPUs; where there are too few it splits the CPU into
    logical devices, which tests the program but does not speed it up. It must then be
    the first to use TensorFlow's devices. `multi_worker` reads TF_CONFIG.

    Raises:
      UserError: If so many replicas cannot be had.
    """
    if strategy == "none":
        return tf.distribute.get_strategy()
    if strategy == "mirrored":
        return tf.distribute.MirroredStrategy(_devices(replicas))
    _num_workers()
    kind = tf.distribute.cluster_resolver.TFConfigClusterResolver().task_type
    if kind not in ("chief", "worker"):
        raise UserError(
            f"the task of TF_CONFIG must be of type chief or worker, got {kind!r}"
        )
    made = tf.distribute.MultiWorkerMirroredStrategy()
    if made.num_replicas_in_sync != replicas:
        raise UserError(
            f"replicas must be {made.num_replicas_in_sync}, the devices of all workers "
            f"in TF_CONFIG, got {replicas}"
        )
    return made


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the files that all workers share.

    TensorFlow's own rule: the task of the job `chief` if the cluster has such a job,
    else the first task of the job `worker`.
    """
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    if "chief" in resolver.cluster_spec().jobs:
        return bool(resolver.task_type == "chief")
    return bool(resolver.task_id == 0)


def any_worker(strategy: tf.distribute.Strategy, value: bool) -> bool:
    """Whether `value` is true in any of the workers; all must ask at the same time.

    Raises:
      UserError: If another worker has ended meanwhile.
    """
    if strategy.cluster_resolver is None:
        return value
    try:
        return bool(_count(strategy)(tf.constant(float(value))) > 0)
    except (tf.errors.UnavailableError, tf.errors.AbortedError) as error:
        raise UserError(
            "another worker has ended; what it said last tells why"
        ) from error


@functools.cache
def _count(strategy: tf.distribute.Strategy) -> Any:
    """Returns a compiled function that adds a number up over all replicas."""

    @tf.function
    def count(number: tf.Tensor) -> tf.Tensor:
        numbers = strategy.run(lambda: number)
        return strategy.reduce(tf.distribute.ReduceOp.SUM, numbers, axis=None)

    return count


@contextlib.contextmanager
def together(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Lets the block end well in all workers or in none; all must enter it.

    Without that, workers would wait without end in their next collective for one that
    has stopped with an error.

    Raises:
      UserError: If the block raised in another worker. What it raised here is raised
        here.
    """
    try:
        yield
    except Exception:
        with contextlib.suppress(UserError):  # The first error is the one to tell.
            any_worker(strategy, True)
        raise
    if any_worker(strategy, False):
        raise UserError(
            "another worker of TF_CONFIG cannot start, so this one stops too; what "
            "that one said last tells why"
        )


def copy_from_chief(
    strategy: tf.distribute.Strategy, variables: Sequence[tf.Variable]
) -> None:
    """Gives all workers the values that the chief has; all must ask at the same time.

    Workers then agree even where they do not see the same folder.
    """
    if strategy.cluster_resolver is None:
        return
    speaks = is_chief(strategy)
    numbers = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(context.replica_id_in_sync_group)
    )
    first = min(int(n) for n in strategy.experimental_local_results(numbers))

    def contribute(number: tf.Tensor) -> list[tf.Tensor]:
        # The sum over all replicas, of which one alone has something to say.
        context = tf.distribute.get_replica_context()
        speaker = tf.logical_and(speaks, number == first)
        values = [tf.convert_to_tensor(variable) for variable in variables]
        shares = [tf.where(speaker, value, tf.zeros_like(value)) for value in values]
        return [
            context.all_reduce(tf.distribute.ReduceOp.SUM, share) for share in shares
        ]

    @tf.function
    def gather(numbers: Any) -> list[tf.Tensor]:
        summed = strategy.run(contribute, args=(numbers,))
        return [strategy.experimental_local_results(value)[0] for value in summed]

    found = gather(numbers)
    if not speaks:
        for variable, value in zip(variables, found, strict=True):
            variable.assign(value)


def _devices(replicas: int) -> list[str]:
    if len(tf.config.list_physical_devices("GPU")) >= replicas:
        return [f"GPU:{i}" for i in range(replicas)]
    (cpu,) = tf.config.list_physical_devices("CPU")
    try:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * replicas
        )
    except RuntimeError:  # The devices are in use already: take what is there.
        pass
    available = len(tf.config.list_logical_devices("CPU"))
    if available < replicas:
        raise UserError(
            f"replicas must be at most {available}, the devices that this process has, "
            f"got {replicas}"
        )
    return [f"CPU:{i}" for i in range(replicas)]


def _num_workers() -> int:
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    if not os.environ.get("TF_CONFIG"):
        raise UserError(
            "strategy=multi_worker needs the environment variable TF_CONFIG with the "
            "addresses of the workers and this one's place among them, got none"
        )
    spec = resolver.cluster_spec()
    return sum(spec.num_tasks(job) for job in spec.jobs if job in ("chief", "worker"))

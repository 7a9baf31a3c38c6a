"""Where a step runs: on one device, on several of one host, or on several hosts."""

import os

import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import StrategyName


def count_replicas(strategy: StrategyName) -> int:
    """Returns how many replicas a strategy has by default: one a GPU, at least one.

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
    made = tf.distribute.MultiWorkerMirroredStrategy()
    if made.num_replicas_in_sync != replicas:
        raise UserError(
            f"replicas must be {made.num_replicas_in_sync}, the devices of all workers "
            f"in TF_CONFIG, got {replicas}"
        )
    return made


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the files that all workers share."""
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_type or resolver.task_id == 0


def any_worker(strategy: tf.distribute.Strategy, value: bool) -> bool:
    """Whether `value` is true in any of the workers; all must ask at the same time."""
    if strategy.cluster_resolver is None:
        return value
    counts = strategy.run(lambda: tf.constant(float(value)))
    return bool(strategy.reduce(tf.distribute.ReduceOp.SUM, counts, axis=None) > 0)


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

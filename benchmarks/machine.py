"""What this machine can do, and what a compiled function asks of it."""

import math
import re
import resource
import statistics
import time
from typing import Any

import tensorflow as tf

# `%name = f32[2,3]{1,0} dot(f32[2,5]{1,0} %a, ...), ..., lhs_contracting_dims={1}, ...`
_DOT = re.compile(
    r"= \w+\[([\d,]*)\]\S* dot\(\w+\[([\d,]*)\].*?lhs_contracting_dims=\{([\d,]*)\}"
)
_SIZE = 2048
_TURNS = 8


def matmul_flops(hlo: str) -> int:
    """Counts the operations of the matrix products in the text of an XLA program.

    A product whose result has n elements, each a sum of m products, counts `2 n m`.
    Products inside a loop would count once; the models here have no loops.
    """
    total = 0
    for out, lhs, contracted in _DOT.findall(hlo):
        shape = _numbers(lhs)
        summed = math.prod(shape[axis] for axis in _numbers(contracted))
        total += 2 * math.prod(_numbers(out)) * summed
    return total


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def matmul_rate() -> float:
    """Measures how fast TensorFlow multiplies large float32 matrices, in FLOP/s."""
    matrix = tf.random.stateless_normal((_SIZE, _SIZE), (0, 1))
    multiply = tf.function(lambda: tf.matmul(matrix, matrix))
    times = []
    for _ in range(1 + _TURNS):
        started = time.perf_counter()
        _ = multiply()[0, 0].numpy()
        times.append(time.perf_counter() - started)
    return float(2 * _SIZE**3 / statistics.median(times[1:]))


def peak_memory_mib() -> float:
    """Returns the largest memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def step_hlo(trainer: Any, batch: dict[str, tf.Tensor]) -> str:
    """Returns the XLA program of one training step, before it is optimized."""
    compiled = tf.function(trainer._train_step, jit_compile=True)
    text: str = compiled.experimental_get_compiler_ir(batch)(stage="hlo")
    return text

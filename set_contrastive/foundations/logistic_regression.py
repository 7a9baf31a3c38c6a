r"""Logistic regression with gradients and steps written by hand, beside Keras's own.

    python -m set_contrastive.foundations.logistic_regression --output=foundations

First each gradient is compared with finite differences, then 200 steps of SGD with
those of Keras from the same weights on the same batches. Needs scikit-learn's data:
`pip install 'set_contrastive[foundations]'`. About ten seconds.
"""

import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Any

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.configs.checks import check_at_least
from set_contrastive.foundations.derivatives import finite_differences
from set_contrastive.foundations.derivatives import logistic
from set_contrastive.theory import tool

Array = npt.NDArray[np.float64]

_NAME, _GRADIENTS = "logistic_regression", "logistic_regression_gradients"
_HELD_OUT = 0.2  # Share of the examples.


@dataclasses.dataclass(frozen=True)
class Options:
    """What to train on, and how long."""

    # Examples of scikit-learn's make_classification.
    examples: int = 2000
    # Numbers of an example.
    features: int = 20
    # Steps of SGD.
    steps: int = 200
    # Examples of a step.
    batch_size: int = 32
    # Learning rate.
    learning_rate: float = 0.1
    # Seed of examples and batches.
    seed: int = 0

    def __post_init__(self) -> None:
        check_at_least(self, 5, "examples", "features")
        check_at_least(self, 1, "steps", "batch_size")
        if not self.learning_rate > 0:
            raise UserError(f"learning_rate must be above 0, got {self.learning_rate}")


def examples(options: Options) -> tuple[Array, Array]:
    """Returns standardized features `[n, f]` and labels 0 or 1 `[n, 1]`."""
    try:
        from sklearn.datasets import make_classification
    except ImportError as error:
        raise UserError(
            "logistic_regression needs scikit-learn: "
            "pip install 'set_contrastive[foundations]'"
        ) from error
    x, y = make_classification(
        options.examples, options.features, random_state=options.seed
    )
    return (x - x.mean(axis=0)) / x.std(axis=0), y[:, None].astype(np.float64)


def by_hand(batches: list[tuple[Any, Any]], rate: float) -> list[list[Array]]:
    """Returns weight and bias after each step: `w <- w - rate * dL/dw`."""
    x, _ = batches[0]
    weight = tf.zeros((x.shape[1], 1), x.dtype)
    bias = tf.zeros((1,), x.dtype)
    path = []
    for x, y in batches:
        with tf.GradientTape() as tape:
            tape.watch([weight, bias])
            loss = logistic.loss(logistic.sigmoid(logistic.linear(x, weight, bias)), y)
        by_weight, by_bias = tape.gradient(loss, [weight, bias])
        weight, bias = weight - rate * by_weight, bias - rate * by_bias
        path.append([weight.numpy(), bias.numpy()])
    return path


def by_keras(batches: list[tuple[Any, Any]], rate: float) -> list[list[Array]]:
    """Returns the same by `Model.fit`, with Keras's layer, loss and optimizer."""
    x, y = batches[0]
    dtype = x.dtype.name
    model = keras.Sequential(
        [
            keras.Input((x.shape[1],), dtype=dtype),
            keras.layers.Dense(
                1, activation="sigmoid", kernel_initializer="zeros", dtype=dtype
            ),
        ]
    )
    model.compile(
        keras.optimizers.SGD(rate), keras.losses.BinaryCrossentropy(dtype=dtype)
    )
    path: list[list[Array]] = []
    noted = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: path.append(model.get_weights())
    )
    stacked = tuple(tf.stack(values) for values in zip(*batches, strict=True))
    data = tf.data.Dataset.from_tensor_slices(stacked)
    model.fit(data, shuffle=False, callbacks=[noted], verbose=0)
    return path


def _rows(x: Array, y: Array, options: Options) -> Iterator[dict[str, Any]]:
    """Yields a row for each precision, with the loss before each step."""
    rng = np.random.default_rng(options.seed)
    held_out, kept = np.split(rng.permutation(len(x)), [int(_HELD_OUT * len(x))])
    chosen = rng.choice(kept, (options.steps, options.batch_size))
    for dtype in ("float64", "float32"):
        batches = [(tf.constant(x[c], dtype), tf.constant(y[c], dtype)) for c in chosen]
        mine = by_hand(batches, options.learning_rate)
        theirs = by_keras(batches, options.learning_rate)
        apart = [
            max(float(np.abs(a - b).max()) for a, b in zip(m, t, strict=True))
            for m, t in zip(mine, theirs, strict=True)
        ]

        scores = [x @ np.float64(w) + np.float64(b) for w, b in mine]
        signed = [(1 - 2 * y[kept]) * s[kept] for s in scores]
        losses = [float(np.logaddexp(0, s).mean()) for s in signed]
        right = (scores[-1][held_out] > 0) == (y[held_out] > 0)
        yield {
            "precision": dtype,
            "steps": options.steps,
            "loss_start": float(np.log(2)),  # Of weights that are zero.
            "loss_end": losses[-1],
            "held_out_accuracy": float(right.mean()),
            "largest_difference": max(apart),
            "losses": losses,
            "differences": apart,
        }


def compute(options: Options, output: pathlib.Path) -> Iterator[Result]:
    """Yields what finite differences say of each gradient, then the two trainings."""
    del output
    command.look_for_devices()
    x, y = examples(options)
    settings = dataclasses.asdict(options)
    yield Result(
        _GRADIENTS,
        "Gradients by hand against central finite differences",
        "relative_error: largest difference over the largest entry, at random "
        f"arguments, in float64 with h = {finite_differences.STEP:g}; truncation and "
        "rounding of the differences count too.",
        tuple(finite_differences.check(logistic.CASES, options.seed)),
        settings,
    )
    rows = list(_rows(x, y, options))
    curves = {
        row["precision"]: (row.pop("losses"), row.pop("differences")) for row in rows
    }
    yield Result(
        _NAME,
        f"{options.steps} steps of SGD by hand and by Keras's Model.fit",
        "loss: nats of an example, over all training examples; largest_difference: of "
        "any weight from Keras's after any step. Exact for this seed.",
        tuple(rows),
        {**settings, "curves": curves},
    )


def figures(result: Result) -> list[Figure]:
    """Returns the picture of the trainings: losses, and how far weights are apart."""
    if result.name != _NAME:
        return []

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2)
        for name, (losses, differences) in result.settings["curves"].items():
            left.plot(losses, label=name)
            right.plot(differences, label=name)
        left.set_ylabel("loss, nats")
        right.set_ylabel("largest difference of a weight from Keras's")
        right.set_yscale("symlog", linthresh=1e-10)
        for axes in (left, right):
            axes.set_xlabel("step")
            axes.legend()

    return [Figure(_NAME, f"{result.title}.", draw, (8.4, 3.8))]


TOOL = tool.Tool("logistic_regression", Options, compute, figures)

if __name__ == "__main__":
    tool.run(TOOL, "foundations")

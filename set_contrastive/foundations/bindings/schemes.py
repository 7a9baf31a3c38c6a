"""Binding of fillers to roles, and back.

A memory is a sum over n pairs, `t = sum_i bind(r_i, f_i)`. In what follows vectors have
D numbers in all, fillers are random unit vectors of a known dictionary, and unbinding
with role j gives `f_j` and noise, from which the dictionary's entry with the largest
inner product is taken.

| scheme | bind | unbind | roles |
| --- | --- | --- | --- |
| tensor | `f r^T` | `T u_j`, u_j the dual basis: `r_i . u_j = [i = j]` | random unit |
| tensor_role | `f r^T` | `T r_j` | random unit |
| hadamard | `r * f` | `r_j * t`, as `r_j * r_j = 1` | signs |
| convolution | circular `r (*) f` | with `r_j` reversed in time | N(0, 1 / D) |
| unitary | circular `r (*) f` | the same, exact for one pair | spectrum of modulus 1 |

Sources: Smolensky 1990 (tensor products), Gayler 1998 (Hadamard products, signs), Plate
1995 (holographic reduced representations: circular convolution, unitary vectors).
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Rng = np.random.Generator


@dataclasses.dataclass(frozen=True)
class Scheme:
    """A way to bind and unbind; the first axis of every array is the trial.

    Attributes:
      filler_dim: Dimension of fillers, given D.
      roles: `roles(rng, trials, n, D)` draws roles, `[trials, n, ...]`.
      bind: Returns the memory of roles and fillers `[trials, n, filler_dim]`.
      unbind: Returns what the memory says of each role, `[trials, n, filler_dim]`.
    """

    filler_dim: Callable[[int], int]
    roles: Callable[[Rng, int, int, int], Array]
    bind: Callable[[Array, Array], Array]
    unbind: Callable[[Array, Array], Array]


def unit_vectors(rng: Rng, *shape: int) -> Array:
    """Returns random vectors of length 1."""
    drawn = rng.normal(size=shape)
    unit: Array = drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)
    return unit


def side(total: int) -> int:
    """Returns the dimension of roles and of fillers whose products have D numbers."""
    return round(math.sqrt(total))


def _tensor_roles(rng: Rng, trials: int, pairs: int, total: int) -> Array:
    return unit_vectors(rng, trials, pairs, side(total))


def _tensor_bind(roles: Array, fillers: Array) -> Array:
    memory: Array = np.einsum("bnf,bnr->bfr", fillers, roles, optimize=True)
    return memory


def _by_role(roles: Array, memory: Array) -> Array:
    found: Array = np.einsum("bfr,bnr->bnf", memory, roles, optimize=True)
    return found


def dual_basis(roles: Array) -> Array:
    """Returns u with `r_i . u_j = [i = j]`, if the roles are linearly independent.

    The columns of the pseudoinverse of the matrix of roles; with more roles than
    dimensions they are the nearest to that.
    """
    return np.linalg.pinv(roles).swapaxes(-1, -2).astype(np.float64)


def _by_dual_basis(roles: Array, memory: Array) -> Array:
    return _by_role(dual_basis(roles), memory)


def _signs(rng: Rng, trials: int, pairs: int, total: int) -> Array:
    return rng.choice([-1.0, 1.0], (trials, pairs, total))


def _hadamard_bind(roles: Array, fillers: Array) -> Array:
    bound: Array = (roles * fillers).sum(axis=1)
    return bound


def _hadamard_unbind(roles: Array, memory: Array) -> Array:
    return roles * memory[:, None]


def convolve(a: Array, b: Array) -> Array:
    """Returns the circular convolution, `sum_k a_k b_(i - k)`, of the last axes."""
    product = np.fft.rfft(a) * np.fft.rfft(b)
    return np.fft.irfft(product, a.shape[-1])


def involution(a: Array) -> Array:
    """Returns `a_(-i)`, with the conjugate spectrum: the inverse if unitary."""
    return np.roll(a[..., ::-1], 1, axis=-1)


def _gaussian_roles(rng: Rng, trials: int, pairs: int, total: int) -> Array:
    return rng.normal(scale=total**-0.5, size=(trials, pairs, total))


def unitary_roles(rng: Rng, trials: int, pairs: int, total: int) -> Array:
    """Returns roles whose spectrum has modulus 1 and random phases."""
    spectrum = np.fft.rfft(rng.normal(size=(trials, pairs, total)))
    return np.fft.irfft(spectrum / np.abs(spectrum), total)


def _convolution_bind(roles: Array, fillers: Array) -> Array:
    bound: Array = convolve(roles, fillers).sum(axis=1)
    return bound


def _convolution_unbind(roles: Array, memory: Array) -> Array:
    return convolve(involution(roles), memory[:, None])


def _whole(total: int) -> int:
    return total


SCHEMES: Mapping[str, Scheme] = {
    "tensor": Scheme(side, _tensor_roles, _tensor_bind, _by_dual_basis),
    "tensor_role": Scheme(side, _tensor_roles, _tensor_bind, _by_role),
    "hadamard": Scheme(_whole, _signs, _hadamard_bind, _hadamard_unbind),
    "convolution": Scheme(
        _whole, _gaussian_roles, _convolution_bind, _convolution_unbind
    ),
    "unitary": Scheme(_whole, unitary_roles, _convolution_bind, _convolution_unbind),
}


def measure(
    scheme: Scheme, rng: Rng, trials: int, pairs: int, total: int, words: int
) -> dict[str, Any]:
    """Binds distinct random fillers, unbinds all, and says what came back.

    Args:
      scheme: How to bind.
      rng: Source of roles and dictionaries; each trial has its own.
      trials: Number of memories.
      pairs: Pairs n of a memory, at most `words`.
      total: Numbers D of a memory.
      words: Size of the dictionary.

    Returns:
      `recovered`: share of fillers that came back; `noise`: mean squared distance of
      what was unbound from the filler, whose own square is 1.
    """
    dictionary = unit_vectors(rng, trials, words, scheme.filler_dim(total))
    fillers = dictionary[:, :pairs]  # As random as any others.
    roles = scheme.roles(rng, trials, pairs, total)
    found = scheme.unbind(roles, scheme.bind(roles, fillers))
    scores = np.einsum("bnf,bwf->bnw", found, dictionary, optimize=True)
    right = scores.argmax(axis=-1) == np.arange(pairs)
    return {
        "recovered": float(right.mean()),
        "all_recovered": float(right.all(axis=1).mean()),
        "noise": float(((found - fillers) ** 2).sum(axis=-1).mean()),
    }

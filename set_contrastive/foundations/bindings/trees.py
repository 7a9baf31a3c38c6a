"""Recursion: a filler that is itself a memory, and what it costs.

A binary tree of depth k binds its two subtrees to the roles left and right. A tensor
product keeps all apart, at `d r^k` numbers for leaves of d and roles of r >= 2: its
order, which Smolensky calls rank, grows by one with each level. A Hadamard product or a
circular convolution stays at D numbers, and its noise grows with the 2^k leaves. As
both commute, the paths left-right and right-left are one product unless each level has
roles of its own; with signs, left-left and right-right are one too, all ones.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from set_contrastive.foundations.bindings import schemes
from set_contrastive.foundations.bindings.schemes import Array

_SIDES = 2


def _paths(
    scheme: str,
    rng: np.random.Generator,
    trials: int,
    depth: int,
    total: int,
    own: bool,
) -> Array:
    """Returns the product of roles on the way to each leaf, `[trials, 2^k, D]`."""
    levels = depth if own else 1
    drawn = schemes.SCHEMES[scheme].roles(rng, trials, levels * _SIDES, total)
    roles = drawn.reshape(trials, levels, _SIDES, total)
    found = []
    for path in itertools.product(range(_SIDES), repeat=depth):
        steps = [roles[:, level % levels, side] for level, side in enumerate(path)]
        product = steps[0]
        for step in steps[1:]:
            is_signs = scheme == "hadamard"
            product = product * step if is_signs else schemes.convolve(product, step)
        found.append(product)
    return np.stack(found, axis=1)


def measure(
    scheme: str,
    rng: np.random.Generator,
    trials: int,
    depth: int,
    total: int,
    words: int,
    own_roles: bool,
) -> float:
    """Returns the share of leaves that come back from a tree in D numbers.

    Binding a memory to a role binds each of its leaves to the product of the roles on
    the way, since both products are associative and distribute over sums.

    Args:
      scheme: `hadamard`, `convolution` or `unitary`.
      rng: Source of roles and dictionaries.
      trials: Number of trees.
      depth: Levels k of the tree.
      total: Numbers D of the memory.
      words: Words of the dictionary that leaves are drawn from, at least 2^k.
      own_roles: Whether each level has roles of its own.
    """
    dictionary = schemes.unit_vectors(rng, trials, words, total)
    leaves = _SIDES**depth
    paths = _paths(scheme, rng, trials, depth, total, own_roles)
    way = schemes.SCHEMES[scheme]
    found = way.unbind(paths, way.bind(paths, dictionary[:, :leaves]))
    scores = np.einsum("bnf,bwf->bnw", found, dictionary, optimize=True)
    return float((scores.argmax(axis=-1) == np.arange(leaves)).mean())


def tensor_tree(
    rng: np.random.Generator, depth: int, dim: int, words: int
) -> tuple[int, int, float]:
    """Binds a tree by tensor products and unbinds each leaf by the dual basis.

    Returns:
      The numbers kept, `d 2^k` as roles have 2 dimensions; the order of the tensor,
      which is its rank in Smolensky's sense; the share of leaves recovered.
    """
    dictionary = schemes.unit_vectors(rng, words, dim)
    roles = schemes.unit_vectors(rng, depth, _SIDES, _SIDES)  # Few are needed.
    duals = schemes.dual_basis(roles)
    leaves = [dictionary[number] for number in range(_SIDES**depth)]

    def bind(level: int, trees: list[Array]) -> Array:
        if level == depth:
            return trees[0]
        half = len(trees) // _SIDES
        parts = [trees[:half], trees[half:]]
        left, right = (
            np.multiply.outer(bind(level + 1, part), role)
            for part, role in zip(parts, roles[level], strict=True)
        )
        bound: Array = left + right
        return bound

    memory = bind(0, leaves)
    right = 0
    for number, path in enumerate(itertools.product(range(_SIDES), repeat=depth)):
        rest = memory
        for level, side in enumerate(path):
            rest = rest @ duals[level, side]
        right += int((dictionary @ rest).argmax()) == number
    return math.prod(memory.shape), memory.ndim, right / len(leaves)


def table(
    depths: Sequence[int], total: int, words: int, trials: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Yields a row for each depth and way to bind, with D = `total` numbers.

    The dictionary has as many words as there are leaves if `words` are fewer.
    """
    for depth in depths:
        enough = max(words, _SIDES**depth)
        rng = np.random.default_rng((seed, depth))
        kept = tensor_tree(rng, depth, schemes.side(total), enough)
        yield _row(depth, "tensor", True, *kept)
        for name in ("hadamard", "convolution", "unitary"):
            for own in (True, False):
                share = measure(name, rng, trials, depth, total, enough, own)
                yield _row(depth, name, own, total, 1, share)


def _row(
    depth: int, scheme: str, own: bool, numbers: int, order: int, recovered: float
) -> dict[str, Any]:
    return {
        "depth": depth,
        "leaves": _SIDES**depth,
        "scheme": scheme,
        "roles": "each level's" if own else "the same",
        "numbers": numbers,
        "order": order,
        "recovered": recovered,
    }

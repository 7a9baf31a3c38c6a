"""All subsets that pairs can reach, breadth first, in a set of `2^K` bits.

Bit s of the set says whether the subset s (key k is bit `2^k` of s) is reached. The
`2^K` bits stand in 64-bit words: the low 6 bits of s say which bit of a word, the
others which word. For 27 keys that are 16 MiB, and one step from p to p + 1 pairs takes
one pass over them for each mask and operator.
"""

from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.theory.counting.key_words import Words
from set_contrastive.theory.counting.pairs import PairFold

# 2^27 bits are 16 MiB and take seconds for each step; each further key doubles both.
MAX_KEYS = 27

_LOW_BITS = 6
# _HAS[b]: which positions of a word have bit b in their number.
_HAS = tuple(
    np.uint64(sum(1 << place for place in range(64) if place >> bit & 1))
    for bit in range(_LOW_BITS)
)


def counts(fold: PairFold) -> Iterator[int]:
    """Yields the exact number of non-empty subsets with 1, 2, ... `num_pairs` pairs.

    Errors are those of `sets`.
    """
    return map(size, sets(fold))


def sets(fold: PairFold) -> Iterator[Words]:
    """Yields the sets of the subsets that 1, 2, ... `num_pairs` pairs can reach.

    A subset may become empty between pairs and is folded on; only at the end it does
    not count, since a query whose subset is empty is not drawn.

    Raises:
      UserError: If there are more than `MAX_KEYS` keys.
    """
    if fold.num_keys > MAX_KEYS:
        raise UserError(
            f"exact counting takes at most {MAX_KEYS} keys (a set of 2^{MAX_KEYS} "
            f"bits), got {fold.num_keys} keys"
        )
    steps = (fold.num_pairs - 1) * len(fold.masks)
    with tqdm(total=steps, unit="mask", disable=not steps, leave=False) as bar:
        reached = of_subsets(fold.masks, fold.num_keys)
        yield reached
        for pairs in range(2, fold.num_pairs + 1):
            bar.set_description(f"{pairs} pairs")
            reached_next = np.zeros_like(reached)
            for mask in fold.masks:
                add_unions(reached, mask, reached_next)
                if fold.symmetric_difference:
                    add_differences(reached, mask, reached_next)
                bar.update()
            reached = reached_next
            yield reached


def of_subsets(subsets: tuple[int, ...], num_keys: int) -> Words:
    """Returns the set of these subsets, uint64 `[2^(K - 6)]`, at least one word."""
    reached = np.zeros(2 ** max(num_keys - _LOW_BITS, 0), np.uint64)
    for subset in subsets:
        reached[subset >> _LOW_BITS] |= np.uint64(1 << (subset & 63))
    return reached


def size(reached: Words) -> int:
    """Returns how many non-empty subsets are in a set."""
    has_empty = int(reached[0]) & 1
    return int(np.bitwise_count(reached).sum(dtype=np.int64)) - has_empty


def add_unions(reached: Words, mask: int, out: Words) -> None:
    """Adds `{s | mask : s in reached}` to the set `out`.

    A subset without bit b goes to the one with it: halves of the array fold together,
    one bit of the mask after the other, the highest first.
    """
    high = [
        b for b in range(mask.bit_length() - _LOW_BITS) if mask >> _LOW_BITS + b & 1
    ]
    folded, shape, rest = reached, [], reached.size
    for bit in reversed(high):
        halves = folded.reshape(-1, 2, 1 << bit)
        folded = (halves[:, 0] | halves[:, 1]).ravel()
        shape += [rest >> bit + 1, 2]
        rest = 1 << bit
    for bit in range(_LOW_BITS):
        if mask >> bit & 1:
            without = folded & ~_HAS[bit]
            folded = (folded & _HAS[bit]) | (without << np.uint64(1 << bit))
    # The words whose number has all high bits of the mask.
    chosen = out.reshape(*shape, rest)[(slice(None), 1) * len(high)]
    chosen |= folded.reshape(chosen.shape)


def add_differences(reached: Words, mask: int, out: Words) -> None:
    """Adds `{s ^ mask : s in reached}` to the set `out`."""
    numbers = np.arange(reached.size) ^ (mask >> _LOW_BITS)
    moved = reached[numbers]
    for bit in range(_LOW_BITS):
        if mask >> bit & 1:
            shift = np.uint64(1 << bit)
            moved = ((moved & _HAS[bit]) >> shift) | ((moved & ~_HAS[bit]) << shift)
    out |= moved

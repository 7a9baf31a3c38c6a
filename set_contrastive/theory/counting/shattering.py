"""Keys that a game shatters: of which its queries ask for every subset.

A set M of keys is shattered if every subset of M is `S & M` for some subset S that the
game asks for. Whoever retrieves all S by a dot product of d dimensions then splits M in
all ways by hyperplanes, so `|M| <= d + 1`, with or without a bias per key (the VC
dimension of half-spaces; Vapnik and Chervonenkis 1971, Theory of Probability and its
Applications 16).
"""

import numpy as np

from set_contrastive.base.arrays import BoolArray
from set_contrastive.theory.counting.key_words import Words


def membership(reached: Words, num_keys: int) -> BoolArray:
    """Returns a set of `bit_set` as a truth value for each subset, bool `[2^K]`."""
    octets = reached.astype("<u8").view(np.uint8)
    return np.unpackbits(octets, count=2**num_keys, bitorder="little").view(np.bool_)


def shattered_keys(is_asked: BoolArray) -> tuple[int, ...]:
    """Returns keys that are shattered, found by leaving out one key after the other.

    Each time it leaves out the key after which the largest share of all patterns on the
    other keys is there, until all are. The number of keys found is a lower bound of the
    game's VC dimension.

    Args:
      is_asked: Whether the subset s is asked for, key k being bit `2^k` of s, `[2^K]`.
    """
    keys = list(range(is_asked.size.bit_length() - 1))
    while not is_asked.all() and keys:
        found = [int(np.count_nonzero(_without(is_asked, k))) for k in range(len(keys))]
        place = int(np.argmax(found))
        is_asked = _without(is_asked, place)
        del keys[place]
    return tuple(keys)


def _without(is_asked: BoolArray, place: int) -> BoolArray:
    """Returns which patterns are there when one key is not looked at."""
    halves = is_asked.reshape(-1, 2, 1 << place)
    there: BoolArray = (halves[:, 0] | halves[:, 1]).ravel()
    return there

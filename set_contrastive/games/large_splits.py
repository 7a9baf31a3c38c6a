"""How the queries of a large training split are drawn, by any number of workers.

Draws come in blocks. A block is a pure function of its number, so any worker can draw
it, twice if need be. A query is left out if it is held out or was drawn before. To find
these without a list of all queries, draws are sorted into groups by a hash of the
query: equal queries fall into the same group, which is compared in one place. The
numbers of the draws that are left out then tell each block its place in the split:

    block -> hashes -> groups -> numbers of the repeated draws
    block, drawn again without them -> a part of the split
"""

import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from set_contrastive.base.errors import UserError
from set_contrastive.games import splits
from set_contrastive.games.game import Game
from set_contrastive.games.game import Queries

Numbers = npt.NDArray[np.int64]

NONE: Numbers = np.empty(0, np.int64)

_BLOCK_SIZE = 2**14
# Hashes of this many draws are compared in one place: 16 MiB.
_GROUP_SIZE = 2**20


@dataclasses.dataclass(frozen=True)
class LargeSplit:
    """The training split of a game that does not list its queries.

    A quarter more than `train_size` is drawn, so there are enough queries if the game
    has about three times as many. Two queries of the same 64-bit hash count as equal.

    Attributes:
      game: The game.
      train_size: Number of queries.
      block_size: Number of draws of a block; other blocks have other queries.
      group_size: About how many draws form a group, which changes no query.
    """

    game: Game
    train_size: int
    block_size: int = _BLOCK_SIZE
    group_size: int = _GROUP_SIZE

    @property
    def num_blocks(self) -> int:
        """Number of blocks; block `b` has draws `b * block_size` and on."""
        return -(-self.train_size * 5 // (4 * self.block_size))

    @property
    def num_groups(self) -> int:
        """Number of groups of draws that are compared with each other."""
        return -(-self.num_blocks * self.block_size // self.group_size)

    def draw(self, block: int) -> Queries:
        """Draws the queries `[block_size, T]` of a block."""
        seed = np.random.SeedSequence(splits.SEEDS["train"], spawn_key=(block,))
        return self.game.sample(np.random.default_rng(seed), self.block_size)

    def hashes(self, block: int) -> Iterator[tuple[int, Numbers]]:
        """Yields the groups that a block's draws fall into.

        Args:
          block: Number of the block.

        Yields:
          Number of a group, and hash and number of each of its draws, `[n, 2]`.
        """
        first = block * self.block_size
        numbers = np.arange(first, first + self.block_size)
        yield from self._by_group(self.draw(block), numbers)

    def held_out_hashes(self) -> Iterator[tuple[int, Numbers]]:
        """Yields the held-out queries as `hashes` does draws, all numbered -1."""
        held_out = np.concatenate([*splits.draw_held_out(self.game).values()])
        yield from self._by_group(held_out, np.full(len(held_out), -1))

    def _by_group(
        self, queries: Queries, numbers: Numbers
    ) -> Iterator[tuple[int, Numbers]]:
        rows = np.stack([_hashes(queries), numbers], axis=1)
        groups = rows[:, 0] % self.num_groups
        for group in range(self.num_groups):
            if (chosen := groups == group).any():
                yield group, rows[chosen]

    def merge(self, repeated: Iterable[Numbers]) -> Numbers:
        """Returns the repeated draws of all groups, rising.

        Raises:
          UserError: If the others are fewer than `train_size`.
        """
        merged = np.sort(np.concatenate([NONE, *repeated]))
        drawn = self.num_blocks * self.block_size
        if drawn - len(merged) < self.train_size:
            raise UserError(
                f"{self.game.spec.name} has too few queries for "
                f"train_size={self.train_size} beside the held-out splits: only "
                f"{drawn - len(merged)} distinct ones in {drawn} draws"
            )
        return merged

    def read(self, start: int, stop: int, repeated: Numbers) -> Iterator[Queries]:
        """Draws a part of the split.

        Args:
          start: Position in the split of the first query.
          stop: Position after the last.
          repeated: Numbers of the draws to leave out, rising, from `merge`.

        Yields:
          Queries `[n, T]` of one block after the other, in order.
        """
        firsts = np.arange(self.num_blocks + 1) * self.block_size
        left_out = np.searchsorted(repeated, firsts)  # Before each block.
        positions = firsts - left_out
        first_block = int(np.searchsorted(positions, start, "right")) - 1
        for block in range(first_block, self.num_blocks):
            if positions[block] >= stop:
                return
            inside = repeated[left_out[block] : left_out[block + 1]] - firsts[block]
            kept = np.delete(self.draw(block), inside, axis=0)
            yield kept[max(start - positions[block], 0) : stop - positions[block]]


def repeated_draws(rows: Iterable[Numbers]) -> Numbers:
    """Returns the draws of a group that are held out or were drawn before.

    Args:
      rows: Hashes and numbers, `[n, 2]` each, of all draws of the group, in any order.

    Returns:
      The numbers of these draws, `[m]`.
    """
    hashes, numbers = np.concatenate([*rows]).T
    order = np.lexsort((numbers, hashes))  # By hash, and in the order of the draws.
    hashes, numbers = hashes[order], numbers[order]
    repeated = np.zeros(len(order), np.bool_)
    repeated[1:] = hashes[1:] == hashes[:-1]
    left_out: Numbers = numbers[repeated & (numbers >= 0)]
    return left_out


def _hashes(queries: Queries) -> Numbers:
    """Returns a 64-bit hash of each query `[n, T]`, the same on every machine."""
    short_hash = functools.partial(hashlib.blake2b, digest_size=8)
    rows = np.ascontiguousarray(queries, "<i4")
    digests = b"".join(short_hash(row).digest() for row in rows)
    return np.frombuffer(digests, "<i8").astype(np.int64)

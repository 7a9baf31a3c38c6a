"""The table of what d dimensions can retrieve of a game's subsets, at best."""

import dataclasses
import math
from collections.abc import Iterable

from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Game
from set_contrastive.theory.bounds import moment_curve
from set_contrastive.theory.capacity import cover
from set_contrastive.theory.capacity import sign_rank
from set_contrastive.theory.rank import matrix
from set_contrastive.theory.result import Result
from set_contrastive.theory.subsets import bit_set
from set_contrastive.theory.subsets import counting
from set_contrastive.theory.subsets import pairs
from set_contrastive.theory.subsets import shattering

_CLAIM = (
    "log2_fixed: subsets that q.x > 0 can be; log2_retrieval: subsets that ranking can "
    "put first; log2_key_bias: the same with a bias per key; all three exact for keys "
    "in general position, the most of any keys. share: that number over the number of "
    "the game's subsets, an upper bound of what any keys and queries retrieve of them"
)


@dataclasses.dataclass(frozen=True)
class Fact:
    """A bound, and what it bounds.

    Attributes:
      value: The number.
      kind: `exact`, `lower bound` or `upper bound`.
      what: Of what, and why.
    """

    value: float
    kind: str
    what: str

    def __str__(self) -> str:
        """The fact as a line of text."""
        return f"{self.kind} {self.value:,.6g}: {self.what}"


def result(
    game: Game,
    dims: Iterable[int] | None = None,
    log2_subsets: float | None = None,
    num_queries: int = 2**14,
    seed: int = 0,
) -> Result:
    """Returns the table, with further bounds in `settings["facts"]`.

    Args:
      game: The game.
      dims: Dimensions d; 1 to K by default.
      log2_subsets: log2 of the number of the game's subsets, if it cannot be counted.
      num_queries: Random queries for the bounds of a game that does not list its own.
      seed: Of these.

    Raises:
      UserError: If a dimension is less than 1, or the subsets cannot be counted.
    """
    num_keys = game.spec.num_keys
    dims = tuple(range(1, num_keys + 1) if dims is None else dims)
    if not dims or min(dims) < 1:
        raise UserError(f"d must be at least 1, got {', '.join(map(str, dims))!r}")
    if num_queries < 1:
        raise UserError(f"queries must be at least 1, got {num_queries}")
    num_subsets, reached = _family(game, log2_subsets)
    rows = tuple(
        {
            "d": dim,
            "log2_fixed": math.log2(cover.fixed_threshold(num_keys, dim)),
            "log2_retrieval": math.log2(cover.retrieval(num_keys, dim)),
            "log2_key_bias": math.log2(cover.retrieval_with_key_bias(num_keys, dim)),
            "share": cover.share(num_subsets, num_keys, dim),
            "share_key_bias": cover.share(num_subsets, num_keys, dim, key_bias=True),
        }
        for dim in dims
    )
    subsets = matrix.subsets(game, num_queries, seed)
    facts = (
        *_counting_facts(num_subsets, num_keys, log2_subsets is not None),
        *_shape_facts(game, reached),
        *_matrix_facts(subsets),
    )
    return Result(
        name=f"capacity_{game.spec.name}",
        title=f"What d dimensions can retrieve of {game.spec.name} ({num_keys} keys, "
        f"2^{math.log2(num_subsets):.4g} subsets)",
        claim=_CLAIM,
        rows=rows,
        settings={
            "game": game.spec.source,
            "num_keys": num_keys,
            "log2_subsets": math.log2(num_subsets),
            "queries": num_queries,
            "seed": seed,
            "facts": [str(fact) for fact in facts],
        },
    )


def _family(game: Game, log2_subsets: float | None) -> tuple[int, bit_set.Words | None]:
    """Returns the number of a game's subsets, and the set of them if it was made."""
    if log2_subsets is not None:
        if not 0 <= log2_subsets <= game.spec.num_keys:
            raise UserError(
                f"log2_subsets must be 0 to {game.spec.num_keys}, got {log2_subsets}"
            )
        return min(round(2.0**log2_subsets), 2**game.spec.num_keys - 1), None
    fold = pairs.of_game(game)
    if fold and fold.num_pairs > 1 and fold.num_keys <= bit_set.MAX_KEYS:
        *_, reached = bit_set.sets(fold)
        return bit_set.size(reached), reached
    try:
        return counting.total(game), None
    except UserError as error:
        raise UserError(
            f"the subsets of {game.spec.name} ({game.spec.num_keys} keys) cannot be "
            f"counted, which takes a set game of at most {bit_set.MAX_KEYS} keys or "
            "one that lists its queries: give --log2_subsets, which "
            "set_contrastive.theory.subsets --estimate finds"
        ) from error


def _counting_facts(num_subsets: int, num_keys: int, given: bool) -> list[Fact]:
    whose = "as many subsets as were given" if given else "all of the game's subsets"
    return [
        Fact(
            cover.least_dim(num_subsets, num_keys),
            "lower bound",
            f"d that retrieves {whose}, by counting (Cover 1965)",
        ),
        Fact(
            cover.least_dim(num_subsets, num_keys, key_bias=True),
            "lower bound",
            "the same with a bias per key (Buck 1943)",
        ),
        Fact(
            max(num_keys - 1, 1),
            "exact",
            f"d that retrieves all 2^{num_keys} subsets, so enough for any game (VC "
            "dimension of half-spaces)",
        ),
    ]


def _shape_facts(game: Game, reached: bit_set.Words | None) -> list[Fact]:
    """Bounds from which subsets a game asks for, not only from how many."""
    facts, num_keys = [], game.spec.num_keys
    if reached is not None:
        asked = shattering.membership(reached, num_keys)
        shattered = len(shattering.shattered_keys(asked))
        facts.append(
            Fact(
                max(shattered - 1, 1),
                "lower bound",
                f"d that retrieves all of the game's subsets: it shatters {shattered} "
                "keys (VC dimension of half-spaces)",
            )
        )
    fold = pairs.of_game(game)
    if fold and all(1 << key in fold.masks for key in range(num_keys)):
        size = min(fold.num_pairs, num_keys)
        facts.append(
            Fact(
                moment_curve.necessary_dim(size, num_keys),
                "lower bound",
                f"d that retrieves all of the game's subsets, with no bias per key: "
                f"every {size} keys are one of them (Radon 1921)",
            )
        )
    return facts


def _matrix_facts(subsets: matrix.Subsets) -> list[Fact]:
    mask = subsets.mask
    num_subsets, num_keys = mask.shape
    which = f"its {num_subsets:,} subsets"
    if not subsets.whole:
        which = f"{num_subsets:,} subsets of random queries"
    forster = sign_rank.spectral_bound(mask)
    facts = [
        Fact(
            sign_rank.dims_of_sign_rank(max(1, math.ceil(forster - 1e-9)))[0],
            "lower bound",
            f"d that retrieves {which}: sign rank at least {forster:.4g} (Forster "
            "2002), less one (arXiv 2508.21038)",
        ),
        Fact(
            sign_rank.largest_margin(mask),
            "upper bound",
            f"margin of unit vectors for {which}, in any dimension (Forster et al. "
            "2003)",
        ),
        Fact(
            sign_rank.rank_of_most_matrices(num_subsets, num_keys),
            "lower bound",
            f"sign rank of nearly all {num_subsets:,} x {num_keys} sign matrices, not "
            "of this one (Warren 1968)",
        ),
    ]
    if subsets.whole:
        largest = int(mask.sum(axis=1)[~mask.all(axis=1)].max(initial=1))
        facts += [
            Fact(
                moment_curve.sufficient_dim(largest),
                "upper bound",
                f"d that retrieves {which}: 2k for at most k = {largest} keys (cyclic "
                "polytopes, Gale 1963)",
            ),
            Fact(
                max(sign_rank.sign_change_bound(mask) - 1, 1),
                "upper bound",
                f"d that retrieves {which}: sign changes in the keys' own order (Alon, "
                "Frankl and Roedl 1985)",
            ),
            Fact(
                matrix.exact_rank(mask),
                "upper bound",
                f"d that retrieves {which}: the rank of the query-key matrix",
            ),
        ]
    return facts

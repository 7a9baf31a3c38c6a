"""What bounds say of one game, each with its kind and its source."""

import dataclasses
import math

from set_contrastive.free_vectors import moment_curve
from set_contrastive.games.distinct_subsets import Subsets
from set_contrastive.games.game import Game
from set_contrastive.theory.bounds import cover
from set_contrastive.theory.bounds import matrix_rank
from set_contrastive.theory.bounds import sign_rank
from set_contrastive.theory.counting import pairs
from set_contrastive.theory.counting import shattering
from set_contrastive.theory.counting.key_words import Words


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


def from_numbers(num_subsets: int, num_keys: int, given: bool) -> list[Fact]:
    """Returns bounds from how many subsets a game asks for."""
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


def from_shape(game: Game, reached: Words | None) -> list[Fact]:
    """Returns bounds from which subsets a game asks for, not only from how many."""
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


def from_matrix(subsets: Subsets) -> list[Fact]:
    """Returns bounds from the query-key matrix of all subsets, or of random ones."""
    mask = subsets.mask
    num_subsets, num_keys = mask.shape
    which = f"its {num_subsets:,} subsets"
    if not subsets.whole:
        which = f"{num_subsets:,} subsets of random queries"
    forster = sign_rank.spectral_bound(mask)
    facts = [
        Fact(
            max(0, math.ceil(forster - 1e-9) - 1),
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
                matrix_rank.exact_rank(mask),
                "upper bound",
                f"d that retrieves {which}: the rank of the query-key matrix",
            ),
        ]
    return facts

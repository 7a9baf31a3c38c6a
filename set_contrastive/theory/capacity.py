"""What d dimensions can retrieve of a game's subsets, at best.

    python -m set_contrastive.theory.capacity --game=union_27
    python -m set_contrastive.theory.capacity --game=shatter_27 --dims=4,8,16
    python -m set_contrastive.theory.capacity --game=union_81 --log2_subsets=46

By d it gives how many subsets of the K keys a dot product can rank first (Cover's
counting theorem), with and without a bias per key, and the share of the game's subsets
that this allows; then other bounds that are known, each with its source.
"""

import dataclasses
import math
import pathlib
from typing import Any

from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.games import distinct_subsets
from set_contrastive.games import registry
from set_contrastive.games.game import Game
from set_contrastive.theory import tool
from set_contrastive.theory.bounds import cover
from set_contrastive.theory.bounds import facts
from set_contrastive.theory.counting import bit_set
from set_contrastive.theory.counting import exact
from set_contrastive.theory.counting import pairs
from set_contrastive.theory.counting.key_words import Words

_CLAIM = (
    "log2_fixed: subsets that q.x > 0 can be; log2_retrieval: subsets that ranking can "
    "put first; log2_key_bias: the same with a bias per key; all three exact for keys "
    "in general position, the most of any keys. share: that number over the number of "
    "the game's subsets, an upper bound of what any keys and queries retrieve of them"
)

# Column, label and how it is drawn.
_SERIES = {
    "log2_fixed": ("threshold 0 for all queries", ":", "#878787"),
    "log2_retrieval": ("ranking", "-", "#4aa3df"),
    "log2_key_bias": ("ranking, bias per key", "--", "#d95f02"),
}


@dataclasses.dataclass(frozen=True)
class Options:
    """Of what to compute the bounds."""

    # The game.
    game: str = "union_27"
    # Dimensions d; 1 to K by default.
    dims: tuple[int, ...] | None = None
    # log2 of the number of the game's subsets, where they cannot be counted.
    log2_subsets: float | None = None
    # Random queries of a game that does not list its own.
    queries: int = 2**14
    # Seed of the random queries.
    seed: int = 0

    def __post_init__(self) -> None:
        dims = (1,) if self.dims is None else self.dims
        if not dims or min(dims) < 1:
            raise UserError(f"d must be at least 1, got {', '.join(map(str, dims))!r}")
        if self.queries < 1:
            raise UserError(f"queries must be at least 1, got {self.queries}")


def compute(options: Options, output: pathlib.Path) -> tuple[Result]:
    """Returns the table of a game."""
    del output
    return (result(registry.get(options.game), options),)


def result(game: Game, options: Options) -> Result:
    """Returns the table, with further bounds in its facts.

    Raises:
      UserError: If the subsets cannot be counted.
    """
    num_keys, given = game.spec.num_keys, options.log2_subsets
    num_subsets, reached = _family(game, given)
    rows = tuple(
        {
            "d": dim,
            "log2_fixed": math.log2(cover.fixed_threshold(num_keys, dim)),
            "log2_retrieval": math.log2(cover.retrieval(num_keys, dim)),
            "log2_key_bias": math.log2(cover.retrieval_with_key_bias(num_keys, dim)),
            "share": cover.share(num_subsets, num_keys, dim),
            "share_key_bias": cover.share(num_subsets, num_keys, dim, key_bias=True),
        }
        for dim in options.dims or range(1, num_keys + 1)
    )
    found = (
        *facts.from_numbers(num_subsets, num_keys, given is not None),
        *facts.from_shape(game, reached),
        *facts.from_matrix(
            distinct_subsets.of_game(game, options.queries, options.seed)
        ),
    )
    log2_subsets = math.log2(num_subsets)
    return Result(
        name=f"capacity_{game.spec.name}",
        title=f"What d dimensions can retrieve of {game.spec.name} ({num_keys} keys, "
        f"2^{log2_subsets:.4g} subsets)",
        claim=_CLAIM,
        rows=rows,
        settings={
            "game": game.spec.source,
            "num_keys": num_keys,
            "log2_subsets": log2_subsets,
            "queries": options.queries,
            "seed": options.seed,
            "facts": [str(fact) for fact in found],
        },
    )


def _family(game: Game, log2_subsets: float | None) -> tuple[int, Words | None]:
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
        return exact.total(game), None
    except UserError as error:
        raise UserError(
            f"the subsets of {game.spec.name} ({game.spec.num_keys} keys) cannot be "
            f"counted, which takes a set game of at most {bit_set.MAX_KEYS} keys or "
            "one that lists its queries: give --log2_subsets, which "
            "set_contrastive.theory.subsets --estimate finds"
        ) from error


def figures(result: Result) -> list[Figure]:
    """Returns the picture of a table."""
    rows, settings = result.rows, result.settings
    dims = [row["d"] for row in rows]

    def draw(figure: Any) -> None:
        counts, shares = figure.subplots(1, 2)
        for name, (label, line, color) in _SERIES.items():
            values = [row[name] for row in rows]
            counts.plot(dims, values, line, marker=".", color=color, label=label)
        wanted = settings["log2_subsets"]
        counts.axhline(wanted, color="#1a9850", lw=1, label="subsets of the game")
        counts.set_ylabel("log2 of the number of subsets")
        for name, of in (
            ("share", "log2_retrieval"),
            ("share_key_bias", "log2_key_bias"),
        ):
            _, line, color = _SERIES[of]
            values = [row[name] for row in rows]
            shares.plot(dims, values, line, marker=".", color=color)
        shares.set_yscale("log")
        shares.set_ylabel("largest share of the game's subsets")
        for axes in (counts, shares):
            axes.set_xlabel("dimension d")
        figure.legend(ncols=4, loc="outside lower center")

    return [
        Figure(
            result.name,
            f"{result.title}: how many subsets a dot product can put first at best "
            "(left), and so the largest share of the game's subsets (right).",
            draw,
            (8.4, 3.8),
        )
    ]


TOOL = tool.Tool(
    "capacity",
    Options,
    compute,
    figures,
    (
        tool.Topic(
            "How many subsets d dimensions can pick",
            "Cover's count of the subsets that inner products can separate, beside the "
            "number that a game asks for.",
            "capacity",
        ),
    ),
    hints=tool.GAME_HINT,
)

if __name__ == "__main__":
    tool.run(TOOL)

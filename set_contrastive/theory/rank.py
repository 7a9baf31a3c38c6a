"""Rank of a game's query-key matrix, and the dimension that retrieval needs.

    python -m set_contrastive.theory.rank
    python -m set_contrastive.theory.rank --decks=2x3,3x3,2x10
    python -m set_contrastive.theory.rank --game=wildcard_27

Without `--game` it takes decks of the game `shared` (attributes x values). For each it
gives the rank, and the smallest dimension d in which free vectors, one for each query
and one for each key, learn to rank the matching keys first.
"""

import dataclasses
import pathlib
import re
from typing import Any

import numpy as np
from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.free_vectors import smallest_dim
from set_contrastive.free_vectors import training
from set_contrastive.games import distinct_subsets
from set_contrastive.games import registry
from set_contrastive.games.game import Game
from set_contrastive.games.game import KeyMask
from set_contrastive.games.shared import SharedGame
from set_contrastive.theory import tool
from set_contrastive.theory.bounds import matrix_rank

# Training on more subsets than this takes minutes for each dimension.
_MAX_TRAINED = 1000

_RANK_CLAIM = (
    "rank: exact, by elimination modulo primes whose product is above all minors; "
    "numeric_rank: by singular values in float64"
)
_SQUARED_CLAIM = (
    "smallest_d_squared: the dimension from which on all products of vectors that are "
    "closest to the matrix of all queries in squared error, cut at 1/2, are that "
    "matrix (exact, by singular values; where several are closest, each of them)"
)
_DIM_CLAIM = (
    "smallest_d: the first of d = 1, 2, ... in which training of free vectors, one for "
    "each query and key, ranked the keys of every subset above all others, at any look "
    "on its way: an upper bound of what is needed; share_below: the largest share of "
    "the subsets that it reached in one dimension less. The study of 2021 saw 100 % "
    "accuracy only where d comes near what the deck needs, its rank. The rank "
    "suffices. That it is needed does not hold for ranking. A loss may ask for more "
    "than the order (squared error: given scores; softmax: equal scores within the "
    "subset; ranking: nothing)"
)

# Column, label and colour.
_SERIES = {
    "rank": ("rank", "#878787"),
    "smallest_d_squared": ("smallest d, squared error", "#7b3294"),
    "smallest_d_softmax": ("smallest d found, softmax loss", "#d95f02"),
    "smallest_d_ranking": ("smallest d found, ranking loss", "#4aa3df"),
}


@dataclasses.dataclass(frozen=True)
class Options:
    """Of what to find the rank, and how to train."""

    # A game in place of decks.
    game: str | None = None
    # Decks of the shared game, attributes x values; by default those of the study of
    # 2021.
    decks: str = "2x3,2x5,2x6,2x7,2x8,3x3,4x3"
    # Random queries of a --game that does not list its own.
    queries: int = 2**14
    # Steps of training at most.
    steps: int = 1500
    # Random starts of each training.
    restarts: int = 8
    # Learning rate of Adam.
    learning_rate: float = 0.1
    # Seed of starts and queries.
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("queries", "steps"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be at least 1, got {getattr(self, name)}")
        _ = self.ways  # Checks the others.

    @property
    def ways(self) -> list[training.Settings]:
        """How vectors are trained."""
        settings = training.Settings(
            learning_rate=self.learning_rate,
            max_steps=self.steps,
            restarts=self.restarts,
        )
        names = ("ranking", "softmax")
        return [dataclasses.replace(settings, objective=name) for name in names]


def compute(options: Options, output: pathlib.Path) -> tuple[Result]:
    """Returns the table of decks, or of a game."""
    del output
    if options.game is not None:
        return (of_game(registry.get(options.game), options),)
    return (of_decks(options),)


def parse_decks(text: str) -> tuple[tuple[int, int], ...]:
    """Returns the decks of a text such as `2x3,3x3`; else raises a UserError."""
    decks = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)x(\d+)\s*", part)
        if not match:
            raise UserError(
                "decks must be a list of attributes x values such as 2x3,3x3, got "
                f"{part!r}"
            )
        decks.append((int(match[1]), int(match[2])))
    return tuple(decks)


def of_decks(options: Options) -> Result:
    """Returns rank and needed dimension of decks of the shared game."""
    decks = parse_decks(options.decks)
    games = [SharedGame(*deck) for deck in decks]  # Bad decks are told before work.
    rows = []
    for (attributes, values), game in zip(tqdm(decks, leave=False), games, strict=True):
        subsets = distinct_subsets.of_game(game, 1, options.seed)
        if not subsets.whole:
            raise UserError(
                f"deck {attributes}x{values} has {game.num_pairs_of_cards:,} queries, "
                "too many to list"
            )
        every = game.answer(game.pairs_of_cards())
        rows.append(
            {
                "attributes": attributes,
                "values": values,
                "keys": game.spec.num_keys,
                "queries": game.num_pairs_of_cards,
                **(ranks := _ranks(subsets.mask)),
                "smallest_d_squared": matrix_rank.squared_error_dim(every),
                **smallest_dim.columns(
                    subsets.mask, ranks["rank"], options.ways, options.seed
                ),
            }
        )
    return Result(
        name="rank_shared",
        title="Rank of the shared game's query-key matrix, and dimension it needs",
        claim=f"{_RANK_CLAIM}; {_SQUARED_CLAIM}; {_DIM_CLAIM}",
        rows=tuple(rows),
        settings=dataclasses.asdict(options),
    )


def of_game(game: Game, options: Options) -> Result:
    """Returns the rank of a game's matrix, and what it needs if it is small."""
    subsets = distinct_subsets.of_game(game, options.queries, options.seed)
    row = {"game": game.spec.name, "keys": game.spec.num_keys, **_ranks(subsets.mask)}
    exact = subsets.whole or row["rank"] == game.spec.num_keys
    row["kind"] = "exact" if exact else "lower bound"
    claim = _RANK_CLAIM
    if not subsets.whole:
        claim += (
            f"; of the subsets of {options.queries:,} random queries, so a lower bound "
            "of the game's, which is exact where it is the number of keys"
        )
    if subsets.whole and len(subsets.mask) <= _MAX_TRAINED:
        row |= smallest_dim.columns(
            subsets.mask, row["rank"], options.ways, options.seed
        )
        claim += f"; {_DIM_CLAIM}"
    return Result(
        name=f"rank_{game.spec.name}",
        title=f"Rank of the query-key matrix of {game.spec.name}",
        claim=claim,
        rows=(row,),
        settings=dataclasses.asdict(options) | {"game": game.spec.source},
    )


def _ranks(mask: KeyMask) -> dict[str, Any]:
    return {
        "subsets": len(mask),
        "rank": matrix_rank.exact_rank(mask),
        "numeric_rank": matrix_rank.numeric_rank(mask),
    }


def figures(result: Result) -> list[Figure]:
    """Returns the picture of a table."""
    rows = result.rows
    series = {name: s for name, s in _SERIES.items() if name in rows[0]}

    labels = [
        row.get("game") or "{attributes} x {values}\n{keys} keys".format(**row)
        for row in rows
    ]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        width = 0.8 / len(series)
        for place, (name, (label, color)) in enumerate(series.items()):
            at = np.arange(len(rows)) + (place - (len(series) - 1) / 2) * width
            values = [row[name] for row in rows]
            bars = axes.bar(at, values, 0.92 * width, color=color, label=label)
            axes.bar_label(bars, fontsize=7, padding=1)
        axes.set_xticks(range(len(rows)), labels, fontsize=8)
        axes.set_ylabel("dimension")
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_formatter("{x:.0f}")
        axes.set_ylim(1)
        axes.margins(y=0.12)
        axes.grid(False, axis="x")
        figure.legend(ncols=2, loc="outside lower center")

    return [
        Figure(
            result.name,
            f"{result.title}. The rank suffices; the smallest d found is an upper "
            "bound of what ranking the subset's keys first needs.",
            draw,
            (7.2, 4.2),
        )
    ]


TOOL = tool.Tool(
    "rank",
    Options,
    compute,
    figures,
    (
        tool.Topic(
            "Rank, and the dimension that training needs",
            "The rank of the matrix of queries and keys, and the smallest dimension at "
            "which free vectors were trained to answer every query.",
            "rank",
        ),
    ),
    hints=tool.GAME_HINT,
)

if __name__ == "__main__":
    tool.run(TOOL)

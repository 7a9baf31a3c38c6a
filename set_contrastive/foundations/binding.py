"""Role-filler binding: how much a vector of D numbers can hold, and get back.

    python -m set_contrastive.foundations.binding --output=foundations
    python -m set_contrastive.foundations.binding --totals=256 --pairs=8 --words=27

Three tables: fillers that come back by scheme, numbers D and bound pairs n, beside
theory; trees, whose fillers are memories themselves; and the least D that holds a query
of 8 pairs of cards. NumPy only; about a minute.
"""

import dataclasses
import itertools
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from tqdm import tqdm

from set_contrastive.base.choices import choose
from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.figure import colors
from set_contrastive.base.result import Result
from set_contrastive.configs.checks import check_at_least
from set_contrastive.foundations.bindings import schemes
from set_contrastive.foundations.bindings import theory
from set_contrastive.foundations.bindings import trees
from set_contrastive.theory import tool

_NAME, _TREES, _QUERY = "binding", "binding_trees", "binding_query"
# A query of union_27: its pairs, and the third cards that a pair may have, 4^3.
_QUERY_PAIRS, _QUERY_WORDS = 8, 64
_SHARE = 0.99


@dataclasses.dataclass(frozen=True)
class Options:
    """What to bind, and how often."""

    # Ways to bind.
    schemes: tuple[str, ...] = tuple(schemes.SCHEMES)
    # Numbers D of a memory; the square root is the side of a tensor.
    totals: tuple[int, ...] = (64, 256, 1024)
    # Pairs n of a memory.
    pairs: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    # Words of the dictionary of fillers.
    words: int = 64
    # Levels of a tree.
    depths: tuple[int, ...] = (1, 2, 3, 4)
    # Memories of each kind.
    trials: int = 400
    # Seed of roles and fillers.
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.schemes:
            choose("schemes", name, schemes.SCHEMES)
        check_at_least(self, 1, "trials")
        if min((*self.totals, *self.pairs, *self.depths), default=0) < 1:
            raise UserError("totals, pairs and depths must be at least 1")
        if self.words < max(self.pairs):
            raise UserError(
                f"words must be at least pairs={max(self.pairs)}, got {self.words}"
            )


def _pairs(options: Options) -> Iterator[dict[str, Any]]:
    points = list(itertools.product(options.schemes, options.totals, options.pairs))
    for name, total, pairs in tqdm(points, _NAME, unit="point"):
        rng = np.random.default_rng((options.seed, total, pairs))
        found = schemes.measure(
            schemes.SCHEMES[name], rng, options.trials, pairs, total, options.words
        )
        yield {
            "scheme": name,
            "total": total,
            "pairs": pairs,
            "recovered": found["recovered"],
            "theory": theory.recovered(name, pairs, total, options.words),
            "noise": found["noise"],
            "noise_theory": theory.noise(name, pairs, total),
        }


def _query(options: Options) -> Iterator[dict[str, Any]]:
    for name in tqdm(options.schemes, _QUERY, unit="scheme"):
        total = theory.least_total(name, _QUERY_PAIRS, _QUERY_WORDS, _SHARE)
        rng = np.random.default_rng((options.seed, _QUERY_WORDS))
        found = schemes.measure(
            schemes.SCHEMES[name],
            rng,
            4 * options.trials,
            _QUERY_PAIRS,
            total,
            _QUERY_WORDS,
        )
        yield {
            "scheme": name,
            "least_total": total,
            "recovered": found["recovered"],
            "all_8_recovered": found["all_recovered"],
        }


def compute(options: Options, output: pathlib.Path) -> Iterator[Result]:
    """Yields the three tables."""
    del output
    settings = dataclasses.asdict(options)
    estimate = f"means over {options.trials} memories"
    yield Result(
        _NAME,
        f"Fillers that come back, of a dictionary of {options.words}",
        f"recovered, noise: estimates, {estimate}. theory: expected with normal "
        "scores; noise_theory: exact expectation of the squared distance.",
        tuple(_pairs(options)),
        settings,
    )
    yield Result(
        _TREES,
        "Leaves that come back from trees",
        f"numbers, order: exact; recovered: of one tree for tensor, else {estimate}.",
        tuple(
            trees.table(
                options.depths,
                max(options.totals),
                options.words,
                options.trials,
                options.seed,
            )
        ),
        settings,
    )
    yield Result(
        _QUERY,
        f"Least D that holds {_QUERY_PAIRS} third cards of {_QUERY_WORDS}, in order",
        f"least_total: where theory reaches {_SHARE:.0%} of them, for tensors "
        f"the least square; recovered: estimates over {4 * options.trials} memories.",
        tuple(_query(options)),
        settings,
    )


def figures(result: Result) -> list[Figure]:
    """Returns the picture of the first table: a panel for each D."""
    if result.name != _NAME:
        return []
    totals = sorted({row["total"] for row in result.rows})
    names = list(dict.fromkeys(row["scheme"] for row in result.rows))
    shades = colors(names, dict(zip(names, range(len(names)), strict=True)))

    def draw(figure: Any) -> None:
        panels = figure.subplots(1, len(totals), sharey=True, squeeze=False)[0]
        for total, axes in zip(totals, panels, strict=True):
            for name in names:
                rows = [
                    row
                    for row in result.rows
                    if row["total"] == total and row["scheme"] == name
                ]
                pairs = [row["pairs"] for row in rows]
                measured = [row["recovered"] for row in rows]
                expected = [row["theory"] for row in rows]
                color = shades[name]
                axes.plot(pairs, measured, "o", ms=4, color=color, label=name)
                axes.plot(pairs, expected, "-", lw=1, color=color)
            axes.set_xscale("log", base=2)
            axes.set_title(f"{total} numbers", fontsize=10)
            axes.set_xlabel("bound pairs")
        panels[0].set_ylabel("share of fillers recovered")
        panels[0].legend()

    caption = "Fillers that come back: measured (dots) and by theory (lines)."
    return [Figure(_NAME, caption, draw, (9.6, 3.8))]


TOOL = tool.Tool(
    "binding",
    Options,
    compute,
    figures,
    hints={"schemes": f"Of {', '.join(schemes.SCHEMES)}."},
)

if __name__ == "__main__":
    tool.run(TOOL, "foundations")

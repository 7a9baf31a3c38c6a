"""The figures of what models predict for queries, of the first seed."""

import math
from typing import Any

from matplotlib import pyplot

from set_contrastive.base.figure import Figure
from set_contrastive.base.figure import colors
from set_contrastive.reporting import analysis
from set_contrastive.reporting.figures import SMALLEST_KL
from set_contrastive.reporting.results import Results


def entropy(results: Results, sizes: range | None) -> Figure:
    """Mean entropy of predictions against d, with the truth's entropy dashed."""
    towers = list(results.dims)
    dims = list(results.dims.values())

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        cycle = pyplot.get_cmap("tab10")
        for number, game in enumerate(results.games):
            cells = [results.of(game, model) for model in towers]
            line = [
                analysis.mean_entropy_bits(found[0], sizes) if found else math.nan
                for found in cells
            ]
            if all(map(math.isnan, line)):
                continue
            axes.plot(line, "o-", ms=4, color=cycle(number), label=game)
            first = next(found[0] for found in cells if found)
            truth = analysis.true_entropy_bits(first, sizes)
            axes.axhline(truth, ls="--", lw=1, color=cycle(number))
        axes.set_xticks(range(len(dims)), dims)
        axes.set_xlabel("vector dimension d")
        axes.set_ylabel("mean entropy (bits)")
        figure.legend(ncols=3, loc="outside lower center")

    which = "all queries"
    if sizes is not None:
        which = f"queries with {sizes.start} to {sizes.stop - 1} matching keys"
    return Figure(
        "entropy_by_dimension" + ("" if sizes is None else "_middle"),
        f"Mean entropy of the prediction over {which}, seed 0. Dashed: the truth. "
        "Above it a model spreads over keys that do not match.",
        draw,
    )


def by_size(results: Results, game: str) -> Figure:
    """KL against the number of matching keys, a line per model."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for model, color in colors(results.models, results.dims).items():
            for found in results.of(game, model)[:1]:
                sizes = analysis.by_subset_size(found, "kl_nats")
                dashed = "-" if model in results.dims else "--"
                values = [max(value, SMALLEST_KL) for value in sizes.values()]
                axes.plot(
                    list(sizes),
                    values,
                    dashed,
                    color=color,
                    label=results.titles[model],
                )
        axes.set_yscale("log")
        axes.set_xlabel("number of matching keys")
        axes.set_ylabel("KL (nats, log scale)")
        figure.legend(ncols=3, loc="outside lower center")

    return Figure(
        f"kl_by_size_{game}",
        f"{game}: KL by the number of matching keys, seed 0. Sizes at the ends are "
        "rare, so their means are noisy.",
        draw,
    )


def example(found: analysis.Example) -> Figure:
    """The predicted distribution of each model for one query, a row per model."""
    rows = {"truth": found.truth, **found.predictions}

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        image = axes.imshow(list(rows.values()), aspect="auto", cmap="viridis", vmin=0)
        axes.set_yticks(range(len(rows)), list(rows), fontsize=8)
        names = [key.replace("-", " ") for key in found.keys]
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
        axes.grid(False)
        figure.colorbar(image, label="probability", fraction=0.03)

    return Figure(
        f"example_{found.game}",
        f"{found.game}: the distribution over the keys that each model predicts for "
        f"one query of the test split with {int((found.truth > 0).sum())} matching "
        f"keys: {found.text}",
        draw,
        (7.2, 4.2),
    )

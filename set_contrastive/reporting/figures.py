"""The figures of what was measured: against subsets, dimension and step."""

import math
import statistics
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import pyplot

from set_contrastive.base.figure import Figure
from set_contrastive.base.figure import colors
from set_contrastive.reporting.lines import LeastFound
from set_contrastive.reporting.results import Results

SMALLEST_KL = 1e-6
_RANGE = "Points: means over seeds; vertical lines: from the least to the most. "


def against_subsets(results: Results, measure: str, ours: bool) -> Figure:
    """A measure against log2 of the number of distinct subsets, a line per model.

    Args:
      results: The cells.
      measure: `kl_nats` or `top_k_overlap`.
      ours: Whether to draw what was measured here, or the reference's values.
    """
    study = results.study
    games = [game for game in results.games if game in study.subsets_log2]
    at = [study.subsets_log2[game] for game in games]
    values: Mapping[tuple[str, str], list[float]] = {
        (r.game, r.model): [getattr(r, measure)] for r in study.references
    }
    if ours:
        values = {
            (game, model): results.values(game, model, measure)
            for game in games
            for model in results.models
        }
    is_kl = measure == "kl_nats"

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for model, color in colors(results.models, results.dims).items():
            seeds = [values.get((game, model), []) for game in games]
            style = "o-" if model in results.dims else "o--"
            title = results.titles[model]
            least = SMALLEST_KL if is_kl else 0.0
            _draw_seeds(axes, at, seeds, least, fmt=style, color=color, label=title)
        if is_kl:
            axes.set_yscale("log")
            axes.set_ylim(SMALLEST_KL, 2)
        else:
            axes.set_ylim(0.6, 1.01)
        axes.set_ylabel("KL (nats, log scale)" if is_kl else "top-K overlap")
        axes.set_xlabel("log2 of the number of distinct key subsets")
        axes.set_title("this project" if ours else "reference", fontsize=11)
        figure.legend(ncols=3, loc="outside lower center")
        top = axes.secondary_xaxis("top")
        short = [game.partition("_")[0] for game in games]
        top.set_xticks(at, short, rotation=65, ha="left", rotation_mode="anchor")
        top.tick_params(labelsize=8)

    whose = "measured here" if ours else f"as reported by {study.source}"
    what = "KL(truth || prediction)" if is_kl else "Top-K overlap"
    return Figure(
        f"{'kl' if is_kl else 'overlap'}_by_subsets{'' if ours else '_reference'}",
        f"{what} against the number of distinct subsets, {whose}. "
        + (_RANGE if ours and results.seeds > 1 else "")
        + ("Values below 1e-6 are drawn there." if is_kl and ours else ""),
        draw,
    )


def _draw_seeds(
    axes: Any,
    at: Sequence[float],
    seeds: Sequence[Sequence[float]],
    least: float,
    **style: Any,
) -> None:
    """Draws the mean of each place's seeds, and a line from the least to the largest.

    Args:
      axes: Where to.
      at: The places.
      seeds: What was measured at each of them, nothing where no cell is finished.
      least: What is smaller is drawn there.
      **style: Of the line through the means; `fmt` is its format.
    """
    if not any(seeds):
        return
    drawn = [[max(value, least) for value in found] or [math.nan] for found in seeds]
    mean = [
        max(statistics.mean(found), least) if found else math.nan for found in seeds
    ]
    below = [middle - min(found) for middle, found in zip(mean, drawn, strict=True)]
    above = [max(found) - middle for middle, found in zip(mean, drawn, strict=True)]
    axes.errorbar(at, mean, (below, above), ms=4, elinewidth=1, **style)


def against_dimension(results: Results, least: LeastFound) -> Figure:
    """KL against the vector dimension, a line per game, then the other models.

    Args:
      results: The cells.
      least: The least KL found for free vectors, drawn as a bar at its dimension.
    """
    towers = [model for model in results.models if model in results.dims]
    others = [model for model in results.models if model not in towers]
    known = {(r.game, r.model): r.kl_nats for r in results.study.references}
    bars = any(least.get(game) for game in results.games)

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        cycle = pyplot.get_cmap("tab10")
        beside = range(len(towers), len(towers) + len(others))
        for number, game in enumerate(results.games):
            color = cycle(number)
            for models, places, line in (
                (towers, range(len(towers)), "-"),
                (others, beside, ""),
            ):
                seeds = [results.values(game, model, "kl_nats") for model in models]
                label = game if models is towers else None
                style = {"fmt": f"o{line}", "color": color, "label": label}
                _draw_seeds(axes, places, seeds, SMALLEST_KL, **style)
                reference = [known.get((game, model), math.nan) for model in models]
                axes.plot(
                    places, reference, f"x{':' * bool(line)}", ms=4, lw=1, color=color
                )
            free = least.get(game, {})
            bar = [free.get(results.dims[model], math.nan) for model in towers]
            # Where the least is drawn as the models are, at the axis's end, no bar.
            bar = [math.nan if value < SMALLEST_KL else value for value in bar]
            axes.plot(range(len(towers)), bar, "_", ms=12, mew=1.5, color=color)
        axes.set_yscale("log")
        names = [str(results.dims[model]) for model in towers]
        names += [
            "\n".join(textwrap.wrap(results.titles[model], 10)) for model in others
        ]
        axes.set_xticks(range(len(names)), names, fontsize=8)
        axes.set_xlabel("vector dimension d of two-tower models, and other models")
        axes.set_ylabel("KL (nats, log scale)")
        figure.legend(ncols=3, loc="outside lower center")

    return Figure(
        "kl_by_dimension",
        "KL of two-tower models against their dimension. How many dimensions a game "
        "needs is where its line falls; a cross-encoder needs none. "
        + (_RANGE if results.seeds > 1 else "")
        + ("Dotted and crosses: the reference. " if known else "")
        + ("Bars: the least found for any vectors of this dimension." if bars else ""),
        draw,
    )


def curves(results: Results, game: str, models: Sequence[str]) -> Figure:
    """Validation KL against the step, a line per model."""

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        shades = colors(results.models, results.dims)
        for model in models:
            rows = results.of(game, model)[0].curve()
            steps = [row["step"] for row in rows]
            kl = [row["kl_nats"] for row in rows]
            axes.plot(
                steps,
                kl,
                color=shades[model],
                label=results.titles[model],
                # Alone where another cell has trained the model's reader.
                marker="." if len(rows) == 1 else "",
            )
        axes.set_yscale("log")
        axes.set_xlabel("step")
        axes.set_ylabel("validation KL (nats, log scale)")
        figure.legend(ncols=3, loc="outside lower center")

    return Figure(
        f"curves_{game}",
        f"{game}: validation KL during training of what falls short of its goal.",
        draw,
    )

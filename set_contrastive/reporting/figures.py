"""The figures of a report."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import pyplot

from set_contrastive.base.figure import Figure
from set_contrastive.base.figure import colors
from set_contrastive.reporting import analysis
from set_contrastive.reporting.lines import LeastFound
from set_contrastive.reporting.results import Results

_SMALLEST_KL = 1e-6


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
    values: Mapping[tuple[str, str], float] = {
        (r.game, r.model): getattr(r, measure) for r in study.references
    }
    if ours:
        values = {
            (game, model): results.mean(game, model, measure)
            for game in games
            for model in results.models
        }
    is_kl = measure == "kl_nats"

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        for model, color in colors(results.models, results.dims).items():
            line = [values.get((game, model), math.nan) for game in games]
            if all(map(math.isnan, line)):
                continue
            if is_kl:
                line = [max(value, _SMALLEST_KL) for value in line]
            style = "o-" if model in results.dims else "o--"
            title = results.titles[model]
            axes.plot(at, line, style, ms=4, color=color, label=title)
        if is_kl:
            axes.set_yscale("log")
            axes.set_ylim(_SMALLEST_KL, 2)
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
        + ("Values below 1e-6 are drawn there." if is_kl and ours else ""),
        draw,
    )


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
                found = [results.mean(game, model, "kl_nats") for model in models]
                found = [max(value, _SMALLEST_KL) for value in found]
                label = game if models is towers else None
                axes.plot(places, found, f"o{line}", ms=4, color=color, label=label)
                reference = [known.get((game, model), math.nan) for model in models]
                axes.plot(
                    places, reference, f"x{':' * bool(line)}", ms=4, lw=1, color=color
                )
            free = least.get(game, {})
            bar = [free.get(results.dims[model], math.nan) for model in towers]
            # Where the least is drawn as the models are, at the axis's end, no bar.
            bar = [math.nan if value < _SMALLEST_KL else value for value in bar]
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
        + ("Dotted and crosses: the reference. " if known else "")
        + ("Bars: the least found for any vectors of this dimension." if bars else ""),
        draw,
    )


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
                values = [max(value, _SMALLEST_KL) for value in sizes.values()]
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

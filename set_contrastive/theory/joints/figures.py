"""Figures of the objective limits, drawn from their results alone."""

from typing import Any

import numpy as np
from matplotlib import colors
from matplotlib import pyplot

from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.theory.joints import limits

_TITLES = {
    "likelihood": "likelihood",
    "pseudo_likelihood": "pseudo-likelihood",
    "infonce": "InfoNCE",
}
_MARKERS = {
    "likelihood": {"marker": "o", "s": 26, "ec": "#4aa3df", "fc": "none"},
    "pseudo_likelihood": {"marker": "x", "s": 12, "lw": 1, "color": "#1a9850"},
    "infonce": {"marker": "o", "s": 7, "color": "#d95f02"},
}
_NEVER = "#8b949e"  # Cells that do not occur, or have less than any that does.
_BARS = {
    "pmi": "exact PMI",
    "pmi + log p(k)": "exact PMI + log p(k)",
    "infonce": "InfoNCE",
    "infonce + log p(k)": "InfoNCE + log p(k)",
    "cross_entropy": "cross-entropy",
    "conditional": "exact log p(k|q)",
}


def figures(result: Result) -> list[Figure]:
    """Returns the figures of a result of either kind."""
    if result.name != limits.NAME:
        return [_ranking(result)]
    joints = result.settings["joints"]
    maps = [_heat_maps(name, joint) for name, joint in joints.items()]
    return [_against_pmi(joints), *maps]


def _heat_maps(name: str, joint: dict[str, Any]) -> Figure:
    p = np.array(joint["p"])
    product = np.outer(p.sum(axis=1), p.sum(axis=0))
    panels = {"p(x, y)": p, "p(x) p(y)": product, "p(x, y) / p(x) p(y)": p / product}
    for objective, f in joint["f"].items():
        panels[f"f, {_TITLES[objective]}"] = np.array(f)

    def draw(figure: Any) -> None:
        rows = -(-len(panels) // 3)
        shades = pyplot.get_cmap("viridis").with_extremes(bad=_NEVER, under=_NEVER)
        axes = figure.subplots(rows, 3, squeeze=False, sharex=True, sharey=True)
        for place, (title, values) in enumerate(panels.items()):
            axis = axes.flat[place]
            # Half of the least, so that a table without differences has one colour.
            scale = colors.LogNorm(values[p > 0].min() / 2, values.max())
            image = axis.imshow(
                values, origin="lower", aspect="auto", cmap=shades, norm=scale
            )
            figure.colorbar(image, ax=axis).ax.tick_params(which="both", labelsize=7)
            axis.set_title(title, fontsize=9)
            axis.grid(False)
            _name_values(axis.xaxis, joint["y_values"])
            _name_values(axis.yaxis, joint["x_values"])
        for axis in axes.flat[len(panels) :]:
            axis.set_axis_off()
        figure.supxlabel(joint["y_label"], fontsize=9)
        figure.supylabel(joint["x_label"], fontsize=9)
        figure.suptitle(name, fontsize=11)

    return Figure(
        f"{limits.NAME}_{name}",
        f"The joint {name} ({joint['note']}), the product of its marginals, their "
        "ratio, and what tables f learned from it under each objective, scaled to sum "
        "to one. Colours are logarithms, so a factor shifts them all; grey is less "
        "than half of what any cell that occurs has. Likelihood goes to p(x, y), "
        "InfoNCE to the ratio.",
        draw,
        (8.4, 2.6 * -(-len(panels) // 3) + 0.4),
    )


def _name_values(axis: Any, values: list[int]) -> None:
    """Names at most about eight of the values."""
    places = range(0, len(values), -(-len(values) // 8))
    axis.set_ticks(list(places), [str(values[place]) for place in places])
    axis.set_tick_params(labelsize=7)


def _against_pmi(joints: dict[str, Any]) -> Figure:
    def draw(figure: Any) -> None:
        all_axes = figure.subplots(1, len(joints), squeeze=False)[0]
        for axes, (name, joint) in zip(all_axes, joints.items(), strict=True):
            p = np.array(joint["p"])
            cells = p > 0
            ratio = p / np.outer(p.sum(axis=1), p.sum(axis=0))
            pmi = np.log(ratio[cells])
            for objective, f in joint["f"].items():
                m = np.log(np.array(f)[cells])
                m += p[cells] @ (pmi - m)
                label = _TITLES[objective] if name == next(iter(joints)) else None
                axes.scatter(
                    pmi,
                    m,
                    label=label,
                    **_MARKERS[objective],
                )
            low, high = pmi.min(), pmi.max()
            axes.plot([low - 0.1, high + 0.1], [low - 0.1, high + 0.1], ":", c=_NEVER)
            axes.set_title(name, fontsize=10)
            axes.set_xlabel("PMI (nats)")
        all_axes[0].set_ylabel("m, shifted to the mean PMI")
        figure.legend(ncols=3, loc="outside lower center", markerscale=2)

    return Figure(
        f"{limits.NAME}_pmi",
        "Each cell's m against its pointwise mutual information, up to a constant. "
        "InfoNCE lies on the line; a cell off it stands in a connected component of "
        "its own, whose factor no conditional tells.",
        draw,
        (2.9 * max(len(joints), 2), 3.2),
    )


def _ranking(result: Result) -> Figure:
    rows = {
        _BARS[row["scorer"]]: row
        for row in result.rows
        if row["pairs_drawn"] == "key_first"
    }
    labels = [label for label in _BARS.values() if label in rows]

    def draw(figure: Any) -> None:
        both = figure.subplots(1, 2, sharey=True)
        both[0].invert_yaxis()
        for axes, (measure, title) in zip(
            both,
            (
                ("kl_nats", "KL(p(k|q) || softmax), nats"),
                ("top1", "expected accuracy of the top key"),
            ),
            strict=True,
        ):
            values = [rows[label][measure] for label in labels]
            spread = [rows[label][f"{measure}_sd"] or 0.0 for label in labels]
            shades = ["#878787" if "exact" in x else "#d95f02" for x in labels]
            ink = pyplot.rcParams["text.color"]  # Of a light or a dark page.
            axes.barh(labels, values, xerr=spread, color=shades, height=0.6, ecolor=ink)
            for place, value in enumerate(values):
                axes.annotate(
                    f" {value:.3f}",
                    (value + spread[place], place),
                    va="center",
                    fontsize=8,
                )
            axes.set_xlim(0, 1.25 * max(values))
            axes.set_title(title, fontsize=10)
            axes.grid(axis="y", visible=False)

    seeds = max(row["seeds"] or 0 for row in rows.values())
    return Figure(
        result.name,
        "Keys of a skewed union_27 ranked by exact and trained scores, with and "
        "without log p(key). InfoNCE learns the PMI, which does not know how frequent "
        "keys are; log p(key) puts that back. Lines at the ends of bars: standard "
        f"deviation over {seeds} seeds.",
        draw,
        (8.4, 3.2),
    )

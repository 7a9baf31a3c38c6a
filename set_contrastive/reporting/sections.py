"""From what a study says of its page to figures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from set_contrastive.base.figure import Figure
from set_contrastive.reporting import analysis
from set_contrastive.reporting import figures
from set_contrastive.reporting import lines
from set_contrastive.reporting import prediction_figures
from set_contrastive.reporting.results import Results
from set_contrastive.reporting.verdict import Verdict
from set_contrastive.studies import views

# Title, introduction and figures.
Section = tuple[str, str, Sequence[Figure]]


def drawn(
    results: Results, verdicts: Sequence[Verdict], least: lines.LeastFound
) -> list[Section]:
    """Returns the sections of a study's page, without those that have no figure.

    Args:
      results: The cells.
      verdicts: What became of each game and model.
      least: The least KL found for free vectors, by game and dimension.
    """
    shown: list[Section] = []
    for section in results.study.sections:
        found = [
            figure
            for view in section.views
            for figure in _DRAW[type(view)](results, view, verdicts, least)
        ]
        if found:
            shown.append((section.title, section.introduction, found))
    return shown


def _lines(
    results: Results, view: views.Lines, verdicts: Any, least: lines.LeastFound
) -> list[Figure]:
    del verdicts
    figure = lines.against_factor(results, view, least)
    return [figure] if figure else []


def _curves(results: Results, view: views.Curves, *more: Any) -> list[Figure]:
    del more
    figure = lines.curves(results, view)
    return [figure] if figure else []


def _against_dimension(
    results: Results, view: Any, verdicts: Any, least: lines.LeastFound
) -> list[Figure]:
    del view, verdicts
    return [figures.against_dimension(results, least)] if results.dims else []


def _against_subsets(
    results: Results, view: views.AgainstSubsets, *more: Any
) -> list[Figure]:
    del more
    study = results.study
    if not study.subsets_log2 or not (view.ours or study.references):
        return []
    return [figures.against_subsets(results, view.measure, view.ours)]


def _short_of_goal(
    results: Results, view: Any, verdicts: Sequence[Verdict], least: Any
) -> list[Figure]:
    del view, least
    short: dict[str, list[str]] = {}
    for found in verdicts:
        if found.is_finished and not found.meets_goal:
            short.setdefault(found.game, []).append(found.model)
    return [figures.curves(results, *item) for item in short.items()]


def _examples(results: Results, *more: Any) -> list[Figure]:
    del more
    found = [analysis.example(results, game) for game in _hard_games(results)]
    return [prediction_figures.example(example) for example in found if example]


def _entropy(results: Results, view: views.Entropy, *more: Any) -> list[Figure]:
    del more
    if not results.dims:
        return []
    sizes = analysis.MIDDLE_SIZES if view.middle else None
    return [prediction_figures.entropy(results, sizes)]


def _by_size(results: Results, *more: Any) -> list[Figure]:
    del more
    return [prediction_figures.by_size(results, game) for game in _hard_games(results)]


def _hard_games(results: Results) -> list[str]:
    """Returns the games in which some queries have a middle number of keys."""
    return [
        game
        for game in results.games
        if any(
            size in analysis.MIDDLE_SIZES
            for result in results.finished
            if result.game == game
            for size in analysis.by_subset_size(result, "kl_nats")
        )
    ]


_DRAW: Mapping[type, Callable[..., list[Figure]]] = {
    views.Lines: _lines,
    views.Curves: _curves,
    views.AgainstDimension: _against_dimension,
    views.AgainstSubsets: _against_subsets,
    views.ShortOfGoal: _short_of_goal,
    views.Examples: _examples,
    views.Entropy: _entropy,
    views.BySize: _by_size,
}

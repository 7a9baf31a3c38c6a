"""Small judgements for tests."""

from collections.abc import Iterable

import numpy as np

from set_contrastive.advisor.advice_config import AdviceConfig
from set_contrastive.advisor.judgements import Judgements


def judged(sets: Iterable[Iterable[int]], graded: float = 1.0) -> Judgements:
    """Returns judgements in which query i has the documents of the i-th set."""
    pairs = [(f"q{i}", f"d{j}") for i, found in enumerate(sets) for j in found]
    queries, documents = zip(*pairs, strict=True)
    return Judgements.of_pairs(queries, documents, [graded] * len(pairs))


def drawn_mask(seed=0, rows=14, columns=7, size=2):
    """Returns distinct subsets of the columns, drawn at random: `[rows, columns]`."""
    rng = np.random.default_rng(seed)
    mask = np.argsort(rng.random((rows, columns)), axis=1) < size
    return np.unique(mask, axis=0)


def config_of(folder, mask, **options):
    """Writes judgements of a mask; returns the configuration of an advice on them."""
    lines = [f"q{i} 0 d{j} 1\n" for i, j in zip(*np.nonzero(mask), strict=True)]
    (folder / "qrels.txt").write_text("".join(lines))
    return AdviceConfig(
        judgements=str(folder / "qrels.txt"),
        measure="R@2",
        seeds=1,
        folds=2,
        parallel=1,
        output=str(folder / "advice"),
        **options,
    )

"""Small judgements for tests."""

from collections.abc import Iterable

from set_contrastive.advisor.judgements import Judgements


def judged(sets: Iterable[Iterable[int]], graded: float = 1.0) -> Judgements:
    """Returns judgements in which query i has the documents of the i-th set."""
    pairs = [(f"q{i}", f"d{j}") for i, found in enumerate(sets) for j in found]
    queries, documents = zip(*pairs, strict=True)
    return Judgements.of_pairs(queries, documents, [graded] * len(pairs))

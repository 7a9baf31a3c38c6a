"""Distinct subsets that are seen, against Python sets of the same queries."""

import numpy as np
import pytest

from set_contrastive.games import registry
from set_contrastive.theory.counting import drawn


@pytest.mark.parametrize("name", ["wildcard_27", "union_27", "union_81"])
def test_count_seen(name, monkeypatch):
    monkeypatch.setattr(drawn, "_CHUNK", 700)
    game = registry.get(name)
    rng = np.random.default_rng(3)
    masks = [game.answer(game.sample(rng, size)) for size in (700, 700, 600)]
    expected = {mask.tobytes() for mask in np.concatenate(masks)}
    assert drawn.count_seen(game, 2000, seed=3) == len(expected)
    assert len(drawn.words(game, 2000, seed=3)) == 2000

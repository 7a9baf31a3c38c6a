"""Which pair, or number, of the query drives the probability of a key."""

import dataclasses

import numpy as np

from set_contrastive.base.choices import choose
from set_contrastive.games import pairs
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import GameSpec
from set_contrastive.games.game import Queries
from set_contrastive.playing.shelf import Model


@dataclasses.dataclass(frozen=True)
class Why:
    """What each unit of the query adds to the log probability of a key.

    Attributes:
      title: The model's title.
      key: Name of the key.
      unit: What a unit is, `pair` or `number`.
      units: The tokens of each pair, its operator first, or a symbol, `[U]`.
      gives: Whether a unit truly gives the key, `[U]`; None where the game cannot tell.
      by_method: What a method says that a unit adds, in nats, `[U]` of each.
    """

    title: str
    key: str
    unit: str
    units: tuple[tuple[str, ...], ...]
    gives: tuple[bool, ...] | None
    by_method: dict[str, tuple[float, ...]]


def explain(model: Model, query: Queries, key: str) -> Why:
    """Explains the log probability of a key, by asking the scorer again.

    Args:
      model: The model.
      query: int32 `[T]`.
      key: Name of the key.

    Raises:
      UserError: If there is no such key, or no method fits the model.
    """
    from set_contrastive.explaining.attributions import Attributor  # TensorFlow.

    game, queries = model.game, query[None]
    numbers = {name: number for number, name in enumerate(game.keys)}
    keys = np.array([choose("key", key, numbers)])
    attribute = Attributor(model.subject, "log_probability", with_gradients=False)
    found = attribute(queries, keys)
    gives = None
    if 0 < pairs.count(game.spec) <= pairs.MAX_PAIRS:
        gives = tuple(map(bool, pairs.true_pairs(game, queries, keys)[0]))
    units = _units(game.spec, queries)
    asked = [place for place, unit in enumerate(units) if unit]
    return Why(
        model.title,
        key,
        "pair" if pairs.count(game.spec) else "number",
        tuple(units[place] for place in asked),
        gives,
        {
            name: tuple(float(values[0, place]) for place in asked)
            for name, values in found.by_pair.items()
        },
    )


def _units(spec: GameSpec, queries: Queries) -> list[tuple[str, ...]]:
    """Returns the tokens of each unit; none of what only fills a short query up."""
    blocks = pairs.blocks(spec, queries)[0]  # Of one symbol where there are no pairs.
    return [
        tuple(spec.vocabulary[symbol] for symbol in block if symbol != PADDING)
        for block in blocks
    ]

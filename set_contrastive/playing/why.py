"""Which pair of the query drives the probability of a key."""

import dataclasses

import numpy as np

from set_contrastive.base.choices import choose
from set_contrastive.games import pairs
from set_contrastive.games.game import Queries
from set_contrastive.playing.shelf import Model


@dataclasses.dataclass(frozen=True)
class Why:
    """What each pair adds to the log probability of a key.

    Attributes:
      title: The model's title.
      key: Name of the key.
      units: The tokens of each pair, its operator first, or a symbol, `[U]`.
      gives: Whether a pair truly gives the key, `[U]`; None where the game cannot tell.
      by_method: What a method says that a pair adds, in nats, `[U]` of each.
    """

    title: str
    key: str
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
    return Why(
        model.title,
        key,
        _units(model, queries),
        gives,
        {name: tuple(map(float, v[0])) for name, v in found.by_pair.items()},
    )


def _units(model: Model, queries: Queries) -> tuple[tuple[str, ...], ...]:
    spec = model.game.spec
    if not pairs.count(spec):
        return tuple((spec.vocabulary[symbol],) for symbol in queries[0])
    return tuple(
        tuple(spec.vocabulary[symbol] for symbol in block if symbol)
        for block in pairs.blocks(spec, queries)[0]
    )

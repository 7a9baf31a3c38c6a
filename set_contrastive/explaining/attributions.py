"""All attributions of some queries, by pair and, from gradients, by card and part.

Beside gradients, two methods ask the scorer again. With the explained number F of a
query q of P pairs:

* left out: `F(q) - F(q without pair i)`, a query of P - 1 pairs;
* replaced: `F(q) - mean over j != i of F(q with a copy of pair j in place of pair i)`.
  In union games a pair that stands twice gives what it gives once, so these queries
  match what the shorter one does, and have the length that the scorer was trained on.
"""

import dataclasses

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.explaining import gradients
from set_contrastive.explaining.gradients import Floats
from set_contrastive.explaining.gradients import Integrated
from set_contrastive.explaining.gradients import Keys
from set_contrastive.explaining.subject import Subject
from set_contrastive.games import pairs
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import Queries
from set_contrastive.games.set_games import SetGame
from set_contrastive.models import query_encoder

TIMES_INPUT = "gradient x input"
INTEGRATED = "integrated gradients"
LEFT_OUT = "left out"
REPLACED = "replaced"


@dataclasses.dataclass(frozen=True)
class Attributions:
    """What each method finds; a game without pairs has its symbols in their place.

    Attributes:
      by_pair: `[n, P]` of each method.
      by_part: `[n, T, C]` of the methods that use gradients: a symbol's values of the
        attributes, in their order, and last what the symbol has of its own.
      integrated: Whether integrated gradients add up; None for an exported scorer.
    """

    by_pair: dict[str, Floats]
    by_part: dict[str, Floats]
    integrated: Integrated | None


class Attributor:
    """The methods for one scorer.

    Args:
      subject: The scorer.
      explained: The number that is explained.
      baseline: The baseline of integrated gradients.
      tolerance: How complete they must be.
      with_gradients: Whether to use the methods that need gradients, which take longer.
    """

    def __init__(
        self,
        subject: Subject,
        explained: gradients.Explained,
        baseline: gradients.Baseline = "zero",
        tolerance: float = 0.01,
        with_gradients: bool = True,
    ):
        self._subject, self._spec = subject, subject.game.spec
        self._explained = explained
        self._num_pairs = pairs.count(self._spec)
        game = subject.game
        self._is_union = isinstance(game, SetGame) and self._spec.block_length == 2
        self._gradients = None
        model = subject.model
        # A family of the user's own may read queries without the project's encoder.
        self._has_gradients = (
            model is not None and query_encoder.symbols_of(model) is not None
        )
        if with_gradients and self._has_gradients:
            self._gradients = gradients.Gradients(model, explained, baseline, tolerance)

    def __call__(self, queries: Queries, keys: Keys) -> Attributions:
        """Returns all attributions.

        Args:
          queries: int32 `[n, T]`.
          keys: The key of each query, `[n]`.

        Raises:
          UserError: If no method fits the scorer and its game.
        """
        by_part: dict[str, Floats] = {}
        integrated: Integrated | None = None
        if self._gradients is not None:
            by_part[TIMES_INPUT] = self._gradients.times_input(queries, keys)
            integrated = self._gradients.integrated(queries, keys)
            by_part[INTEGRATED] = integrated.values
        by_pair = {name: self._sum(values) for name, values in by_part.items()}
        if self._subject.model is not None and self._can_leave_out(queries):
            by_pair[LEFT_OUT] = self._left_out(queries, keys)
        if self._num_pairs > 1 and self._is_union:
            by_pair[REPLACED] = self._replaced(queries, keys)
        if not by_pair:
            raise UserError(self._why_none())
        return Attributions(by_pair, by_part, integrated)

    def _why_none(self) -> str:
        """Returns why no method fits, and which would."""
        if self._subject.model is None:
            return (
                "an exported scorer takes whole queries and has no gradients: its "
                f"pairs can be replaced in union games only, got {self._spec.name}; "
                "explain the run with --workdir"
            )
        if self._has_gradients:
            return (
                f"a query of one part has nothing to leave out, got {self._spec.name}; "
                "python -m set_contrastive.explain has gradients"
            )
        return (
            f"{self._subject.title} does not read queries by encode_query, so it has "
            "no gradients: a query must have parts that can be left out, got one part "
            f"of {self._spec.name}"
        )

    def _sum(self, by_part: Floats) -> Floats:
        """Sums `[n, T, C]` by pair, `[n, P]`, or by symbol, `[n, T]`."""
        by_symbol: Floats = by_part.sum(axis=2)
        if not self._num_pairs:
            return by_symbol
        missing = -by_symbol.shape[1] % self._spec.block_length
        padded = np.pad(by_symbol, [(0, 0), (missing, 0)])
        blocks = padded.reshape(len(padded), self._num_pairs, -1)
        found: Floats = blocks.sum(axis=2)
        return found

    def _can_leave_out(self, queries: Queries) -> bool:
        """Whether something is left of each query."""
        if self._num_pairs:
            return self._num_pairs > 1
        return bool(((queries != PADDING).sum(axis=1) > 1).all())

    def _left_out(self, queries: Queries, keys: Keys) -> Floats:
        units = self._num_pairs or queries.shape[1]
        without = [
            self._numbers(self._without(queries, unit), keys) for unit in range(units)
        ]
        return self._numbers(queries, keys)[:, None] - np.stack(without, axis=1)

    def _without(self, queries: Queries, unit: int) -> Queries:
        if not self._num_pairs:  # A symbol, with the others moved up.
            rest = np.delete(queries, unit, axis=1)
            return np.pad(rest, [(0, 0), (0, 1)], constant_values=PADDING)
        others = [pair for pair in range(self._num_pairs) if pair != unit]
        return pairs.keep(self._spec, queries, others)

    def _replaced(self, queries: Queries, keys: Keys) -> Floats:
        columns = []
        blocks = pairs.blocks(self._spec, queries)
        for pair in range(self._num_pairs):
            others = [other for other in range(self._num_pairs) if other != pair]
            copies = np.repeat(blocks[:, None], len(others), axis=1)  # [n, P-1, P, L]
            copies[:, :, pair] = blocks[:, others]
            flat = copies.reshape(-1, queries.shape[1])
            numbers = self._numbers(flat, np.repeat(keys, len(others)))
            columns.append(numbers.reshape(len(queries), -1).mean(axis=1))
        found: Floats = self._numbers(queries, keys)[:, None] - np.stack(
            columns, axis=1
        )
        return found

    def _numbers(self, queries: Queries, keys: Keys) -> Floats:
        """Returns the explained number of each query, `[n]`."""
        scores = self._subject.score(queries)
        numbers: Floats = (
            gradients.explained_numbers(scores, keys, self._explained)
            .numpy()
            .astype(np.float64)
        )
        return numbers

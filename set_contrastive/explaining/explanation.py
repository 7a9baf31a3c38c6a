"""Why a key has its score for a query: a table, and the same as a result to save."""

import dataclasses
from typing import Any

import numpy as np

from set_contrastive.base.choices import choose
from set_contrastive.base.result import Result
from set_contrastive.explaining.attributions import Attributions
from set_contrastive.explaining.attributions import Attributor
from set_contrastive.explaining.explain_config import ExplainConfig
from set_contrastive.explaining.subject import Subject
from set_contrastive.games import pairs
from set_contrastive.games.game import PADDING
from set_contrastive.games.game import Game
from set_contrastive.games.game import Queries
from set_contrastive.games.set_games import SetGame
from set_contrastive.games.shared import SharedGame
from set_contrastive.runs import metrics

ITSELF = "itself"


@dataclasses.dataclass(frozen=True)
class Explanation:
    """The attributions of one query and key, by place.

    Attributes:
      title: What is explained, in a line.
      explained: The number that is explained.
      key: The key's name.
      units: Text of each pair, its operator first, or of each symbol, `[U]`.
      symbols: Text of each symbol and the number of its unit, `[T]`.
      attributes: Names of the parts of a symbol, `[C]`, the last of them `itself`.
      true: Which units truly give the key, `[U]`; None where the game cannot tell.
      found: The attributions, of a batch of one.
      facts: What else is to be said, a line each.
    """

    title: str
    explained: str
    key: str
    units: tuple[str, ...]
    symbols: tuple[tuple[str, int], ...]
    attributes: tuple[str, ...]
    true: tuple[bool, ...] | None
    found: Attributions
    facts: tuple[str, ...]

    def text(self) -> str:
        """Returns a table of the pairs, one of the cards for each method, and facts."""
        methods = list(self.found.by_pair)
        head = ["pair", "gives the key", *methods, ""]
        rows = [
            [str(1 + unit), self._gives(unit)]
            + [_number(self.found.by_pair[m][0, unit]) for m in methods]
            + [text]
            for unit, text in enumerate(self.units)
            if text
        ]
        lines = [self.title, *_columns([head, *rows])]
        for method, values in self.found.by_part.items():
            head = ["pair", "all", *self.attributes, f"by {method}"]
            rows = [
                [str(1 + unit), _number(parts.sum())]
                + [_number(part) for part in parts]
                + [text]
                for (text, unit), parts in zip(self.symbols, values[0], strict=True)
                if text
            ]
            total = values[0].sum(axis=0)
            sums = ["", _number(total.sum()), *map(_number, total), "sum"]
            lines.extend(["", *_columns([head, *rows, sums])])
        return "\n".join([*lines, "", *self.facts])

    def result(self) -> Result:
        """Returns a row for each pair, and for each card and each of its attributes."""
        rows = []
        for unit, text in enumerate(self.units):
            numbers = {m: float(v[0, unit]) for m, v in self.found.by_pair.items()}
            rows.append(self._row("pair", unit, text, numbers))
        for place, (text, unit) in enumerate(self.symbols):
            parts = {m: v[0, place] for m, v in self.found.by_part.items()}
            if not parts or not text:
                continue
            numbers = {m: float(v.sum()) for m, v in parts.items()}
            rows.append(self._row("card", unit, text, numbers))
            for number, attribute in enumerate(self.attributes):
                numbers = {m: float(v[number]) for m, v in parts.items()}
                rows.append(self._row(attribute, unit, text, numbers))
        return Result(
            name="explanation",
            title=self.title,
            claim="Attributions are exact for the scorer, but for the integral of "
            "integrated gradients, whose error is told.",
            rows=tuple(row for row in rows if row["text"]),
            settings={"explained": self.explained, "facts": list(self.facts)},
        )

    def _row(
        self, what: str, unit: int, text: str, numbers: dict[str, float]
    ) -> dict[str, Any]:
        methods = {m: numbers.get(m) for m in self.found.by_pair}
        gives = self._gives(unit)
        return {"what": what, "pair": 1 + unit, "text": text, "gives_key": gives} | (
            methods
        )

    def _gives(self, unit: int) -> str:
        return "?" if self.true is None else "yes" if self.true[unit] else "no"


def explain(subject: Subject, config: ExplainConfig) -> Explanation:
    """Explains the score of a key for a query.

    Args:
      subject: The scorer.
      config: Query, key and method.

    Raises:
      UserError: If the query or the key is none of the game, or no method fits.
    """
    game = subject.game
    query = game.parse(config.query or "")[None]
    numbers = {name: number for number, name in enumerate(game.keys)}
    key = np.array([choose("key", config.key or "", numbers)])
    attribute = Attributor(subject, config.explained, config.baseline, config.tolerance)
    found = attribute(query, key)
    units, symbols = _texts(game, query)
    true = None
    if 0 < pairs.count(game.spec) <= pairs.MAX_PAIRS:
        true = tuple(map(bool, pairs.true_pairs(game, query, key)[0]))
    scores = subject.score(query)
    matches = "matches" if game.answer(query)[0, key[0]] else "does not match"
    title = (
        f"{game.spec.name}, {subject.title}: {config.key} {matches}, score "
        f"{scores[0, key[0]]:.3f}, log probability "
        f"{metrics.log_softmax(scores)[0, key[0]]:.3f}; explained: {config.explained}"
    )
    return Explanation(
        title=title,
        explained=config.explained,
        key=game.keys[key[0]],
        units=units,
        symbols=symbols,
        attributes=(*attribute_names(game), ITSELF),
        true=true,
        found=found,
        facts=(*_completeness(found, config), *_absent(subject, found)),
    )


def attribute_names(game: Game) -> tuple[str, ...]:
    """Returns the names of the attributes of a game's symbols, `[A]`."""
    if isinstance(game, SetGame | SharedGame):
        return tuple(attribute.name for attribute in game.deck.attributes)
    count = len(game.spec.attribute_table[0])
    return tuple(f"attribute{number}" for number in range(1, 1 + count))


def _texts(
    game: Game, query: Queries
) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Returns the texts of the units, and of the symbols with their units."""
    spec = game.spec
    names = [spec.vocabulary[symbol] for symbol in query[0]]
    if not pairs.count(spec):
        return tuple(names), tuple((name, n) for n, name in enumerate(names))
    units = tuple(
        " ".join(spec.vocabulary[s] for s in block if s != PADDING)
        for block in pairs.blocks(spec, query)[0]
    )
    missing = -query.shape[1] % spec.block_length
    symbols = tuple(
        (name, (place + missing) // spec.block_length)
        for place, name in enumerate(names)
    )
    return units, symbols


def _completeness(found: Attributions, config: ExplainConfig) -> list[str]:
    if found.integrated is None:
        return []
    (difference,), (error,) = found.integrated.difference, found.integrated.error
    state = "complete" if found.integrated.complete[0] else "NOT complete"
    return [
        f"Integrated gradients add up to {difference + error:.4f}; the "
        f"{config.explained} less that of the baseline ({config.baseline}) is "
        f"{difference:.4f}: {state} to {config.tolerance:g} of it or of 1 "
        f"({found.integrated.points[0]} points)."
    ]


def _absent(subject: Subject, found: Attributions) -> list[str]:
    if subject.model is None:
        return [
            "An exported scorer gives no gradients and takes whole queries: pairs are "
            "replaced alone; --workdir has all methods."
        ]
    if len(found.by_pair) == len(found.by_part):
        return ["Nothing is left out, as the query would be empty."]
    return []


def _number(value: float) -> str:
    return f"{value:+.3f}"


def _columns(rows: list[list[str]]) -> list[str]:
    """Returns rows in columns of equal width, the last one flush left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(w) for cell, w in zip(row[:-1], widths, strict=False))
        + f"  {row[-1]}"
        for row in rows
    ]

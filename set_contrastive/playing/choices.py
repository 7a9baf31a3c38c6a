"""What a page can show of its models, and what one page shows: part of its address."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from set_contrastive.base.choices import choose
from set_contrastive.base.errors import UserError
from set_contrastive.games.game import Game
from set_contrastive.playing import shelf
from set_contrastive.playing.shelf import Model

# Before the name of a series: its model of the dimension that the slider has.
_FOLLOWS = "at d: "


@dataclasses.dataclass(frozen=True)
class Choices:
    """The models of one game, as a page offers them.

    Attributes:
      game: The rules.
      models: Its models, by name.
      series: Names of the models by dimension, of each series of several dimensions.
    """

    game: Game
    models: Mapping[str, Model]
    series: Mapping[str, Mapping[int, str]]

    @classmethod
    def of(cls, models: Sequence[Model], name: str) -> "Choices":
        """Returns the choices of a game.

        Raises:
          UserError: If no model is of this game.
        """
        games = {model.game.spec.name: model.game for model in models}
        game = choose("game", name, games)
        chosen = shelf.of_game(models, game)
        series: dict[str, dict[int, str]] = {}
        for model in chosen:
            if model.vector_dim is not None:
                by_dim = series.setdefault(model.series, {})
                by_dim.setdefault(model.vector_dim, model.name)
        several = {title: dims for title, dims in series.items() if len(dims) > 1}
        return cls(game, {model.name: model for model in chosen}, several)

    @property
    def dims(self) -> tuple[int, ...]:
        """Where the slider can stand."""
        return tuple(sorted({dim for dims in self.series.values() for dim in dims}))

    @property
    def titles(self) -> list[tuple[str, str]]:
        """What can be chosen to be shown: titles and their names."""
        moving = [
            (f"{title}, d of the slider", _FOLLOWS + title) for title in self.series
        ]
        titles = [model.title for model in self.models.values()]
        fixed = [
            (model.title if titles.count(model.title) == 1 else name, name)
            for name, model in self.models.items()
        ]
        return moving + fixed

    @property
    def first(self) -> tuple[str, ...]:
        """What a new page shows: the slider's model, and one that has no dimension."""
        free = [name for name, m in self.models.items() if m.vector_dim is None]
        found = [*[_FOLLOWS + title for title in self.series][:1], *free[:1]]
        return tuple(found or list(self.models)[:2])

    def model(self, name: str, dim: int | None) -> Model:
        """Returns the model that a name stands for, the nearest to the slider's d.

        Raises:
          UserError: If there is none.
        """
        by_dim = self.series.get(name.removeprefix(_FOLLOWS), {})
        if name.startswith(_FOLLOWS) and by_dim:
            nearest = min(by_dim, key=lambda d: (abs(d - (dim or 0)), d))
            return self.models[by_dim[nearest]]
        return choose("model", name, self.models)


@dataclasses.dataclass(frozen=True)
class Shown:
    """What one page shows.

    Attributes:
      game: Name of the game.
      text: The query.
      dim: Where the slider stands; None if there is none.
      names: What is shown, as `Choices.titles` names it.
      picked: Model and key that are explained.
    """

    game: str
    text: str
    dim: int | None
    names: tuple[str, ...]
    picked: tuple[str, str] | None

    def address(self) -> str:
        """Returns the part of the page's address that brings this back."""
        values = {"game": self.game, "q": self.text}
        if self.dim is not None:
            values["d"] = str(self.dim)
        values["models"] = json.dumps(self.names)
        if self.picked:
            values["key"] = json.dumps(self.picked)
        return "?" + urlencode(values)


def picked_of(text: str | None) -> tuple[str, str] | None:
    """Returns the model and key that a text in JSON names.

    Raises:
      UserError: If it names something else.
    """
    found = names_of(text)
    if found and len(found) != 2:
        raise UserError(f"key must be a model and its key, got {text!r:.80}")
    return (found[0], found[1]) if found else None


def names_of(text: str | None) -> tuple[str, ...]:
    """Returns the names in a list in JSON.

    Raises:
      UserError: If it is no list of names.
    """
    try:
        found = json.loads(text or "[]")
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(n, str) for n in found):
        raise UserError(f"expected a list of names, got {text!r:.80}")
    return tuple(found)


def dim_of(text: str | None, dims: Sequence[int]) -> int | None:
    """Returns where the slider stands: at the dimension nearest to the text's.

    Raises:
      UserError: If it is no number.
    """
    if not dims:
        return None
    try:
        asked = int(text) if text else dims[0]
    except ValueError:
        raise UserError(f"d must be a number, got {text!r:.80}") from None
    return min(dims, key=lambda dim: (abs(dim - asked), dim))

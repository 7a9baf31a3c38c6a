"""The models that the page can show, found without TensorFlow and loaded when asked."""

import dataclasses
import functools
import json
import pathlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from set_contrastive.base import whole_files
from set_contrastive.base.errors import UserError
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games import registry
from set_contrastive.games.game import Game
from set_contrastive.games.game import GameSpec
from set_contrastive.models import families
from set_contrastive.playing import shipped
from set_contrastive.playing.play_config import PlayConfig
from set_contrastive.runs import run_folder
from set_contrastive.studies.views import LEAST_FOUND

if TYPE_CHECKING:
    from set_contrastive.explaining.subject import Subject

# A link to docs/results, so that an installed package has the files too.
RESULTS = pathlib.Path(__file__).parent / "results"
# Keras numbers layers as it builds them, so models are built one after the other.
_building = threading.Lock()


@dataclasses.dataclass(frozen=True, eq=False)
class Model:
    """A model of the page.

    Attributes:
      name: What the address of the page calls it; unique.
      title: What people call it.
      series: The title without its dimension, of models that differ in that alone.
      vector_dim: Dimension of its vectors; None if it has none or they are not known.
      game: The rules.
      floor: The least KL found for single free vectors of its dimension, the mean over
        queries; None if it has none, or nobody has searched.
      mean_kl: Its own mean KL; None if it has not been measured.
      origin: Where it is from, in words.
      load: Returns the scorer.
    """

    name: str
    title: str
    series: str
    vector_dim: int | None
    game: Game
    floor: float | None
    mean_kl: float | None
    origin: str
    load: Callable[[], "Subject"]

    @property
    def subject(self) -> "Subject":
        """The scorer, loaded at the first call.

        Raises:
          UserError: If it cannot be read.
        """
        with _building:
            if "_subject" not in self.__dict__:
                from set_contrastive.base import command  # Quiets TensorFlow.

                command.look_for_devices()
                self.__dict__["_subject"] = self.load()
            found: Subject = self.__dict__["_subject"]
        return found


def find(config: PlayConfig) -> tuple[Model, ...]:
    """Returns the models that a configuration asks for, those that ship by default.

    Raises:
      UserError: If there is none, or one of somebody's own game that is not named.
    """
    families.import_named(config.model)
    if config.workdir:
        return _of_runs(pathlib.Path(config.workdir), config.game)
    if config.saved_models:
        return tuple(_of_saved_model(f, config.game) for f in config.saved_models)
    return tuple(map(_of_shipped, shipped.read()))


def _of_shipped(found: shipped.Shipped) -> Model:
    game = registry.from_file(found.spec.source, str(found.weights))

    def load() -> "Subject":
        from set_contrastive.explaining.subject import Subject

        model = found.build()

        def scores(query: Any) -> Any:  # To trace it would take longer than it saves.
            return model({"query": query}, training=False)

        return Subject(title, _dim(found.config), game, scores, model)

    title = families.get(found.config.family).title_of(found.config)
    label = families.get(found.config.family).label_of(found.config)
    origin = f"ships with the page: {found.origin}"
    return _model(label, found.config, game, found.kl_nats, origin, load)


def _of_runs(folder: pathlib.Path, named: str | None) -> tuple[Model, ...]:
    """Returns the runs of a folder that is a run folder, or has them below."""
    paths = [
        path.parent
        for path in sorted(folder.rglob(run_folder.CONFIG))
        if (path.parent / "checkpoints").is_dir()
    ]
    if not paths:
        raise UserError(f"workdir must hold a trained run, got {folder}")
    return tuple(_of_run(path, folder, named) for path in paths)


def _of_run(path: pathlib.Path, folder: pathlib.Path, named: str | None) -> Model:
    config = ExperimentConfig.load(path / run_folder.CONFIG)
    spec = run_folder.read_spec(path)
    game = registry.from_file(spec.source, f"workdir={path}", named)
    measured = path / run_folder.METRICS
    mean = whole_files.read_json(measured)["kl_nats"] if measured.exists() else None

    def load() -> "Subject":
        from set_contrastive.explaining import subject

        return subject.of_run(str(path), named)

    name = "run" if path == folder else path.relative_to(folder).as_posix()
    return _model(name, config.model, game, mean, f"the run {name}", load)


def _of_saved_model(folder: str, named: str | None) -> Model:
    extra = pathlib.Path(folder) / "assets.extra"
    try:
        spec = GameSpec.from_dict(json.loads((extra / "game.json").read_text()))
        config = ModelConfig(**json.loads((extra / "model.json").read_text()))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"no exported scorer that can be read in saved_models={folder}: {error}"
        ) from error
    game = registry.from_file(spec.source, f"saved_models={folder}", named)

    def load() -> "Subject":
        from set_contrastive.explaining import subject

        return subject.of_saved_model(folder, named)

    return _model(folder, config, game, None, f"the export {folder}", load)


def _model(
    name: str,
    config: ModelConfig,
    game: Game,
    mean_kl: float | None,
    origin: str,
    load: Callable[[], "Subject"],
) -> Model:
    family = families.get(config.family)
    series = family.title_of(dataclasses.replace(config, vector_dim=1))
    is_single = config.query_vectors == config.key_vectors == 1
    floors = _floors().get(game.spec.name, {}) if is_single else {}
    dim = _dim(config)
    return Model(
        name,
        family.title_of(config),
        series.partition(", d =")[0].partition(" d =")[0],
        dim,
        game,
        None if dim is None else floors.get(dim),
        mean_kl,
        origin,
        load,
    )


def _dim(config: ModelConfig) -> int | None:
    family = families.get(config.family)
    return config.vector_dim if family.uses_vector_dim else None


@functools.cache
def _floors() -> dict[str, dict[int, float]]:
    """Returns the least KL found, by game and dimension; empty if it is not there."""
    path = RESULTS / "theory" / f"{LEAST_FOUND}.json"
    found: dict[str, dict[int, float]] = {}
    for row in whole_files.read_json(path)["rows"] if path.exists() else ():
        found.setdefault(row["game"], {})[row["vector_dim"]] = row["kl_nats"]
    return found


def of_game(models: Sequence[Model], game: Game) -> tuple[Model, ...]:
    """Returns the models of one game, small vectors first and those without last."""
    chosen = [model for model in models if model.game.spec.name == game.spec.name]
    return tuple(
        sorted(chosen, key=lambda m: (m.vector_dim is None, m.series, m.vector_dim))
    )

"""The demo as data: its games, its models, and the commands that it runs."""

import dataclasses
import pathlib

from set_contrastive.data import preparation
from set_contrastive.models import families
from set_contrastive.studies.factors import Grid
from set_contrastive.studies.study import Study
from set_contrastive.studies.views import LEAST_FOUND

_RUNS = "runs"  # Below the demo's folder.


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A model that the demo trains.

    Attributes:
      title: What it is called.
      folder: Its run folder, below the demo's.
      vector_dim: Dimension of its vectors, if it has any.
    """

    title: str
    folder: str
    vector_dim: int | None


@dataclasses.dataclass(frozen=True)
class Demo:
    """A game and the models that play it: two two-towers and a cross-encoder.

    Attributes:
      name: Name of the study that trains them.
      game: Name of the game.
      query: A query that is scored at the end.
      dims: Dimensions of the two-towers' vectors.
      minutes: How long training and measuring them takes, on 2 CPU cores.
      minutes_to_prepare: How long the game's data take to prepare.
    """

    name: str
    game: str
    query: str
    dims: tuple[int, int]
    minutes: float
    minutes_to_prepare: float

    @property
    def study(self) -> Study:
        """The models, as what `sweep` trains."""
        of_game = {"game": (self.game,)}
        return Study(
            name=self.name,
            title=f"What the dimension costs in {self.game}",
            grids=(
                Grid(
                    {**of_game, "model": ("two_tower",), "vector_dim": self.dims},
                    preset="light",
                ),
                Grid({**of_game, "model": ("cross_encoder",)}, preset="light"),
            ),
        )

    @property
    def contestants(self) -> tuple[Contestant, ...]:
        """The models; the last one is exported."""
        return tuple(
            Contestant(
                families.get(cell.config.model.family).title_of(cell.config.model),
                f"{_RUNS}/{cell.name}",
                cell.dim,
            )
            for cell in self.study.cells("", 0)
        )


FULL = Demo(
    name="demo",
    game="union_27",
    query=(
        "red-solid-circle green-*-square | blue-void-circle blue-void-triangle | "
        "red-dashed-square red-dashed-square | green-solid-triangle red-*-circle | "
        "blue-solid-square green-solid-circle | red-void-triangle blue-void-triangle | "
        "green-dashed-circle green-solid-circle | blue-void-square red-dashed-triangle"
    ),
    dims=(4, 27),
    minutes=3.1,
    minutes_to_prepare=0.5,
)
QUICK = Demo(
    name="demo_quick",
    game="wildcard_27",
    query="red-solid-circle green-*-square",
    dims=(2, 27),
    minutes=1.0,
    minutes_to_prepare=0.3,
)


@dataclasses.dataclass(frozen=True)
class Step:
    """One command of the demo.

    Attributes:
      title: What it does.
      arguments: The command, without the Python interpreter.
      minutes: How long it took where this was written, on 2 CPU cores.
      makes: Files that are there when it is done; none to run it each time.
    """

    title: str
    arguments: tuple[str, ...]
    minutes: float
    makes: tuple[pathlib.Path, ...] = ()


def steps(demo: Demo, output: pathlib.Path) -> list[Step]:
    """Returns the commands of a demo, which writes all it makes below `output`."""
    data = output / "data"
    prepare = Step(
        f"Prepare the game {demo.game}",
        preparation.build_arguments(demo.game, data),
        demo.minutes_to_prepare,
        (data / "card_games" / demo.game / "1.0.0" / "dataset_info.json",),
    )
    train = Step(
        "Train the models, as many side by side as there are cores, and measure them "
        "on the test split",
        (
            *("-m", "set_contrastive.sweep", f"--study={demo.name}"),
            *(f"--data_dir={data}", f"--workdir={output / _RUNS}"),
        ),
        demo.minutes,
        tuple(output / c.folder / "metrics.json" for c in demo.contestants),
    )
    return [prepare, train, _search(demo, output), *_export_and_score(demo, output)]


def _search(demo: Demo, output: pathlib.Path) -> Step:
    dims = [str(dim) for dim in demo.dims]
    folder = output / "theory"
    return Step(
        f"Search what any vectors of {' and '.join(dims)} dimensions reach",
        (
            *("-m", "set_contrastive.theory.free_embedding", f"--games={demo.game}"),
            *(f"--dims={','.join(dims)}", "--restarts=1", f"--output={folder}"),
        ),
        0.2,
        (folder / f"{LEAST_FOUND}.json",),
    )


def _export_and_score(demo: Demo, output: pathlib.Path) -> tuple[Step, Step]:
    best = demo.contestants[-1]
    exported = output / "exported" / demo.game
    export = (
        *("-m", "export.export_saved_model", f"--workdir={output / best.folder}"),
        f"--export_dir={exported}",
    )
    score = (
        *("-m", "export.score", f"--saved_model={exported / '1'}"),
        f"--query={demo.query}",
    )
    return (
        Step(
            f"Export the {best.title} as a SavedModel", export, 0.2, (exported / "1",)
        ),
        Step("Score a query with the SavedModel", score, 0.2),
    )

"""The demo as data: its games, its models, and the commands that it runs."""

import dataclasses
import pathlib

from set_contrastive.data import preparation
from set_contrastive.studies.views import LEAST_FOUND


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A model that the demo trains.

    Attributes:
      title: What it is called.
      folder: Its run folder, below the demo's.
      flag: What the train command needs to know.
      minutes: How long it took where this was written, on 2 CPU cores.
      vector_dim: Dimension of its vectors, if it has any.
    """

    title: str
    folder: str
    flag: str
    minutes: float
    vector_dim: int | None = None


@dataclasses.dataclass(frozen=True)
class Demo:
    """A game and the models that play it.

    Attributes:
      game: Name of the game.
      query: A query that is scored at the end.
      contestants: The models; the last one is exported.
      minutes_to_prepare: How long the game's data take to prepare.
    """

    game: str
    query: str
    contestants: tuple[Contestant, ...]
    minutes_to_prepare: float


def _two_tower(dim: int, minutes: float) -> Contestant:
    return Contestant(
        title=f"two-tower, d = {dim}",
        folder=f"two_tower_d{dim}",
        flag=f"--vector_dim={dim}",
        minutes=minutes,
        vector_dim=dim,
    )


def _cross_encoder(minutes: float) -> Contestant:
    name = "cross_encoder"
    return Contestant("cross-encoder", name, f"--model={name}", minutes)


FULL = Demo(
    game="union_27",
    query=(
        "red-solid-circle green-*-square | blue-void-circle blue-void-triangle | "
        "red-dashed-square red-dashed-square | green-solid-triangle red-*-circle | "
        "blue-solid-square green-solid-circle | red-void-triangle blue-void-triangle | "
        "green-dashed-circle green-solid-circle | blue-void-square red-dashed-triangle"
    ),
    contestants=(_two_tower(4, 1.6), _two_tower(27, 1.6), _cross_encoder(0.8)),
    minutes_to_prepare=0.5,
)
QUICK = Demo(
    game="wildcard_27",
    query="red-solid-circle green-*-square",
    contestants=(_two_tower(2, 0.4), _two_tower(27, 0.4), _cross_encoder(0.5)),
    minutes_to_prepare=0.3,
)


@dataclasses.dataclass(frozen=True)
class Step:
    """One command of the demo.

    Attributes:
      title: What it does.
      arguments: The command, without the Python interpreter.
      minutes: How long it took where this was written, on 2 CPU cores.
      makes: A file that is there when it is done; None to run it each time.
    """

    title: str
    arguments: tuple[str, ...]
    minutes: float
    makes: pathlib.Path | None = None


def steps(demo: Demo, output: pathlib.Path) -> list[Step]:
    """Returns the commands of a demo, which writes all it makes below `output`."""
    data = output / "data"
    prepare = Step(
        f"Prepare the game {demo.game}",
        preparation.build_arguments(demo.game, data),
        demo.minutes_to_prepare,
        data / "card_games" / demo.game / "1.0.0" / "dataset_info.json",
    )
    trained = [
        step
        for contestant in demo.contestants
        for step in _train_and_measure(demo, contestant, output)
    ]
    return [prepare, *trained, _search(demo, output), *_export_and_score(demo, output)]


def _train_and_measure(
    demo: Demo, contestant: Contestant, output: pathlib.Path
) -> tuple[Step, Step]:
    run = output / contestant.folder
    train = (
        *("-m", "set_contrastive.train", f"--game={demo.game}"),
        *(f"--data_dir={output / 'data'}", "--preset=light", contestant.flag),
        f"--workdir={run}",
    )
    measure = ("-m", "set_contrastive.evaluate", f"--workdir={run}", "--split=test")
    made = run / "metrics.json"  # Training that is complete ends at once.
    return (
        Step(f"Train the {contestant.title}", train, contestant.minutes, made),
        Step(f"Measure the {contestant.title} on the test split", measure, 0.2, made),
    )


def _search(demo: Demo, output: pathlib.Path) -> Step:
    dims = [str(c.vector_dim) for c in demo.contestants if c.vector_dim]
    folder = output / "theory"
    return Step(
        f"Search what any vectors of {' and '.join(dims)} dimensions reach",
        (
            *("-m", "set_contrastive.theory.free_embedding", f"--games={demo.game}"),
            *(f"--dims={','.join(dims)}", "--restarts=1", f"--output={folder}"),
        ),
        0.2,
        folder / f"{LEAST_FOUND}.json",
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
        Step(f"Export the {best.title} as a SavedModel", export, 0.2, exported / "1"),
        Step("Score a query with the SavedModel", score, 0.2),
    )

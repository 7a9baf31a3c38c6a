"""The commands that the demo runs."""

import dataclasses
import pathlib

from set_contrastive.data import preparation
from set_contrastive.studies import demo as demo_lib
from set_contrastive.studies.views import LEAST_FOUND


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


def steps(demo: demo_lib.Demo, output: pathlib.Path) -> list[Step]:
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
            *(f"--data_dir={data}", f"--workdir={output / demo_lib.RUNS}"),
        ),
        demo.minutes,
        tuple(output / c.folder / "metrics.json" for c in demo.contestants),
    )
    return [prepare, train, _search(demo, output), *_export_and_score(demo, output)]


def _search(demo: demo_lib.Demo, output: pathlib.Path) -> Step:
    dims = [str(dim) for dim in demo.dims]
    folder = output / demo.theory
    return Step(
        f"Search what any vectors of {' and '.join(dims)} dimensions reach",
        (
            *("-m", "set_contrastive.theory.free_embedding", f"--games={demo.game}"),
            *(f"--dims={','.join(dims)}", "--restarts=1", f"--output={folder}"),
        ),
        0.2,
        (folder / f"{LEAST_FOUND}.json",),
    )


def _export_and_score(demo: demo_lib.Demo, output: pathlib.Path) -> tuple[Step, Step]:
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

r"""From game to scored query: prepares, trains, evaluates, exports, scores and draws.

    python -m set_contrastive.demo --output=demo

Each step is a command that you could type yourself, and is shown before it runs.
Run again, the demo goes on from what is there.
"""

import dataclasses
import pathlib
import shlex
import subprocess
import sys
import time

from absl import flags

from set_contrastive.base import command
from set_contrastive.base.errors import UserError
from set_contrastive.data import preparation as data_preparation
from set_contrastive.reporting import demo_picture

_OUTPUT = flags.DEFINE_string("output", "demo", "Folder of everything the demo makes.")
_QUICK = flags.DEFINE_bool(
    "quick", False, "A simpler game (wildcard_27) that takes under three minutes."
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


_UNION_QUERY = (
    "red-solid-circle green-*-square | blue-void-circle blue-void-triangle | "
    "red-dashed-square red-dashed-square | green-solid-triangle red-*-circle | "
    "blue-solid-square green-solid-circle | red-void-triangle blue-void-triangle | "
    "green-dashed-circle green-solid-circle | blue-void-square red-dashed-triangle"
)
_WILDCARD_QUERY = "red-solid-circle green-*-square"


def steps(output: pathlib.Path, quick: bool) -> list[Step]:
    """Returns the steps of the demo.

    Args:
      output: Folder of everything that the demo makes.
      quick: Whether to play the simpler game.
    """
    game = "wildcard_27" if quick else "union_27"
    contestants = demo_picture.contestants(quick)
    data = output / "data"
    exported = output / "exported" / game
    found = [
        Step(
            f"Prepare the game {game}",
            data_preparation.build_arguments(game, data),
            0.3 if quick else 0.5,
            data / "card_games" / game / "1.0.0" / "dataset_info.json",
        )
    ]
    for contestant in contestants:
        run = output / contestant.folder
        train = ("-m", "set_contrastive.train", f"--game={game}", f"--data_dir={data}")
        found.append(
            Step(
                f"Train the {contestant.label}",
                (*train, *contestant.flags, f"--workdir={run}"),
                contestant.minutes,
                run / "metrics.json",  # Training that is complete ends at once.
            )
        )
        found.append(
            Step(
                f"Measure the {contestant.label} on the test split",
                ("-m", "set_contrastive.evaluate", f"--workdir={run}", "--split=test"),
                0.2,
                run / "metrics.json",
            )
        )
    dims = ",".join(str(c.vector_dim) for c in contestants if c.vector_dim)
    floors = output / "theory"
    found.append(
        Step(
            f"Search what any vectors of {dims.replace(',', ' and ')} dimensions reach",
            ("-m", "set_contrastive.theory.free_embedding", f"--games={game}")
            + (f"--dims={dims}", "--restarts=1", f"--output={floors}"),
            0.2,
            floors / f"{demo_picture.FLOORS}.json",
        )
    )
    best = output / contestants[-1].folder
    found.append(
        Step(
            "Export the cross-encoder as a SavedModel",
            (
                "-m",
                "export.export_saved_model",
                f"--workdir={best}",
                f"--export_dir={exported}",
            ),
            0.2,
            exported / "1",
        )
    )
    found.append(
        Step(
            "Score a query with the SavedModel",
            (
                "-m",
                "export.score",
                f"--saved_model={exported / '1'}",
                f"--query={_WILDCARD_QUERY if quick else _UNION_QUERY}",
            ),
            0.2,
        )
    )
    return found


def run_steps(found: list[Step]) -> None:
    """Runs the steps that are not done yet, showing each and the time left.

    Raises:
      UserError: If a step fails; what is done stays done.
    """
    started = time.monotonic()
    done = [step.makes is not None and step.makes.exists() for step in found]
    for number, step in enumerate(found):
        heading = f"[{number + 1}/{len(found)}] {step.title}"
        if done[number]:
            print(f"{heading}: done before", flush=True)
            continue
        left = sum(
            later.minutes
            for later, there in zip(found, done, strict=True)
            if not there and found.index(later) >= number
        )
        spent = (time.monotonic() - started) / 60
        print(
            f"\n{heading} (so far {spent:.1f} min, about {left:.1f} min left)\n"
            f"$ python {shlex.join(step.arguments)}",
            flush=True,
        )
        if code := subprocess.run(
            [sys.executable, *step.arguments], check=False
        ).returncode:
            raise UserError(
                f"the demo stopped at step {number + 1} ({step.title}), which ended "
                f"with exit code {code}; run it again to go on from there"
            )


def main(argv: list[str]) -> None:
    """Runs the demo."""
    del argv
    output = pathlib.Path(_OUTPUT.value)
    output.mkdir(parents=True, exist_ok=True)
    run_steps(steps(output, _QUICK.value))
    print(f"\nThe picture: {demo_picture.draw(output, _QUICK.value)}")


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()

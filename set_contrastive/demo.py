r"""From game to scored query: prepares, trains, evaluates, exports, scores and draws.

    python -m set_contrastive.demo --output=demo

Each step is a command that you could type yourself, and is shown before it runs.
Run again, the demo goes on from what is there.
"""

import dataclasses
import json
import pathlib
import shlex
import subprocess
import sys
import time

from absl import flags

from set_contrastive import command
from set_contrastive import data_preparation
from set_contrastive.errors import UserError

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


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A model that the demo trains."""

    label: str
    folder: str
    flags: tuple[str, ...]
    minutes: float


_UNION = (
    Contestant("two-tower, d = 4", "two_tower_d4", ("--vector_dim=4",), 3.0),
    Contestant("two-tower, d = 27", "two_tower_d27", ("--vector_dim=27",), 3.0),
    Contestant("cross-encoder", "cross_encoder", ("--model=cross_encoder",), 1.8),
)
_WILDCARD = (
    Contestant("two-tower, d = 2", "two_tower_d2", ("--vector_dim=2",), 0.4),
    Contestant("two-tower, d = 27", "two_tower_d27", ("--vector_dim=27",), 0.4),
    Contestant("cross-encoder", "cross_encoder", ("--model=cross_encoder",), 0.5),
)
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
    contestants = _WILDCARD if quick else _UNION
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


def draw(output: pathlib.Path, quick: bool) -> pathlib.Path:
    """Draws the KL of each model as `kl_by_model.png` and prints the numbers.

    Args:
      output: Folder of the demo.
      quick: Whether it played the simpler game.

    Returns:
      The picture's path.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    contestants = _WILDCARD if quick else _UNION
    metrics = [
        json.loads((output / contestant.folder / "metrics.json").read_text())
        for contestant in contestants
    ]
    print(f"\n{'model':<20}{'parameters':>12}{'KL (nats)':>12}{'top-K overlap':>16}")
    for contestant, row in zip(contestants, metrics, strict=True):
        print(
            f"{contestant.label:<20}{row['num_params']:>12,}{row['kl_nats']:>12.5f}"
            f"{row['top_k_overlap']:>16.4f}"
        )
    figure, axes = pyplot.subplots(figsize=(7, 3.2), layout="constrained")
    labels = [
        f"{contestant.label}\n{row['num_params']:,} parameters"
        for contestant, row in zip(contestants, metrics, strict=True)
    ]
    values = [row["kl_nats"] for row in metrics]
    # Dots, since a bar on a logarithmic axis has no foot to stand on.
    axes.scatter(values, labels, s=90, c=["#c0504d", "#4f81bd", "#5f9e6e"], zorder=2)
    for value, label in zip(values, labels, strict=True):
        axes.annotate(
            f"{value:.2g}",
            (value, label),
            (0, 9),
            textcoords="offset points",
            ha="center",
        )
    axes.set_xscale("log")
    axes.set_xlim(min(*values, 1e-3) / 2, 2)
    axes.margins(y=0.25)
    axes.grid(axis="x", color="#dddddd")
    axes.invert_yaxis()
    axes.set_xlabel("KL(truth || prediction) on the test split, nats (log scale)")
    axes.set_title(
        f"{'wildcard_27' if quick else 'union_27'}: what the dimension costs"
    )
    axes.spines[["top", "right"]].set_visible(False)
    path = output / "kl_by_model.png"
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
    return path


def main(argv: list[str]) -> None:
    """Runs the demo."""
    del argv
    output = pathlib.Path(_OUTPUT.value)
    output.mkdir(parents=True, exist_ok=True)
    run_steps(steps(output, _QUICK.value))
    print(f"\nThe picture: {draw(output, _QUICK.value)}")


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()

r"""Is the transformer sound? Toy tasks, and parallel text.

    python -m set_contrastive.foundations.diagnosis --output=foundations
    python -m set_contrastive.foundations.diagnosis --tasks= \
        --parallel_text=examples/cards_en_de.tsv

An encoder-decoder of the project's blocks, 2 layers and 2 heads, learns each task and
decodes greedily what it has never seen. A transformer with a mistake, such as a mask
that shows the future, fails on one of them. The tasks, learned side by side, take about
six minutes on 2 cores. What of its start matters is a study: sequences/ablations.py.
"""

import dataclasses
import functools
import pathlib
from collections.abc import Iterator
from typing import Any

from tqdm import tqdm

from set_contrastive.base import command
from set_contrastive.base.choices import choose
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.configs.checks import check_at_least
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.engines import tasks as engine
from set_contrastive.foundations.sequences import parallel_text
from set_contrastive.foundations.sequences import toy
from set_contrastive.foundations.sequences import training
from set_contrastive.foundations.sequences.sizes import Sizes
from set_contrastive.foundations.sequences.tasks import TASKS
from set_contrastive.theory import tool

_NAME, _TEXT = "diagnosis", "diagnosis_text"
_NAMES = ("task", "translation")  # Columns that name a curve.


@dataclasses.dataclass(frozen=True)
class Options:
    """What to learn, and how."""

    # Toy tasks.
    tasks: tuple[str, ...] = tuple(TASKS)
    # Most steps of a task.
    steps: int = 4000
    # Examples of a step.
    batch_size: int = 64
    # Highest learning rate of Muon; Adam's is a fifth of it.
    learning_rate: float = 0.01
    # Width of the states.
    d_model: int = 64
    # File of sentence pairs, with a tab between them; the model learns them by heart.
    parallel_text: str = ""
    # Pairs that are read of it.
    pairs: int = 1024
    # Codes of the byte-pair encoding.
    vocabulary: int = 200
    # Seed of weights and examples.
    seed: int = 0

    def __post_init__(self) -> None:
        for name in filter(None, self.tasks):
            choose("tasks", name, TASKS)
        check_at_least(self, 1, "steps", "batch_size", "pairs")
        check_at_least(self, 2, "d_model")

    @property
    def sizes(self) -> Sizes:
        """The model's."""
        return Sizes(d_model=self.d_model, d_ff=4 * self.d_model)

    @property
    def optimizer(self) -> OptimizerConfig:
        """Muon, with a short warm-up."""
        return OptimizerConfig(
            "muon",
            learning_rate=self.learning_rate,
            warmup_steps=min(200, self.steps),
        )

    @property
    def training(self) -> training.Training:
        """How text is learned."""
        checks = max(self.steps // 20, 1)
        return training.Training(self.steps, checks, self.optimizer, self.seed)


def _tasks(options: Options) -> Iterator[dict[str, Any]]:
    """Yields a row for each task; tasks are learned side by side, one for each core."""
    names = list(filter(None, options.tasks))
    learn = functools.partial(
        toy.train,
        sizes=options.sizes,
        optimizer=options.optimizer,
        steps=options.steps,
        batch_size=options.batch_size,
        seed=options.seed,
    )
    learned = engine.run(
        learn,
        names[::-1],  # The last ones take longest.
        parallel=1 if command.look_for_devices("GPU") else None,  # They would share it.
        preload=(command.__name__, toy.__name__),
    )
    curves = dict(tqdm(learned, _NAME, len(names), unit="task"))
    for name in names:
        yield {
            "task": name,
            "steps": curves[name][-1][0],
            "exact_match": curves[name][-1][1],
            "goal": TASKS[name].goal,
            "curve": curves[name],
        }


def _result(name: str, title: str, claim: str, rows: Any, options: Options) -> Result:
    """Returns a result; the curves of its rows go to the settings."""
    rows = [dict(row) for row in rows]
    curves = [row.pop("curve") for row in rows]
    settings = {**dataclasses.asdict(options), "curves": curves}
    return Result(name, title, claim, tuple(rows), settings)


def compute(options: Options, output: pathlib.Path) -> Iterator[Result]:
    """Yields the tasks, and the text if there is one."""
    del output
    pairs = []
    if options.parallel_text:  # Before anything that takes long.
        path = pathlib.Path(options.parallel_text)
        pairs = parallel_text.read(path, options.pairs)
    command.look_for_devices()
    if any(options.tasks):
        yield _result(
            _NAME,
            "Toy tasks, decoded greedily",
            f"exact_match: share of {toy.HELD_OUT} held-out examples whose whole "
            "target is right; an estimate.",
            _tasks(options),
            options,
        )
    if pairs:
        yield _result(
            _TEXT,
            "Parallel text learned by heart",
            "bleu: of the greedy translations of the training sentences, 0 to 1; "
            "another's: pairs dealt out anew, which have no pattern.",
            parallel_text.learn_both(
                pairs,
                options.vocabulary,
                options.sizes,
                options.training,
                options.batch_size,
            ),
            options,
        )


def figures(result: Result) -> list[Figure]:
    """Returns the picture of a result: its measure against steps."""
    names = [
        " ".join(str(row[c]) for c in _NAMES if c in row).strip() for row in result.rows
    ]

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        curves = result.settings["curves"]
        for name, curve in zip(names, curves, strict=True):
            axes.plot(*zip(*curve, strict=True), marker=".", label=name)
        axes.set_xlabel("step")
        axes.set_ylabel("BLEU" if result.name == _TEXT else "share of exact matches")
        axes.set_ylim(0, 1.02)
        axes.legend()

    return [Figure(result.name, f"{result.title}.", draw, (6.4, 4.2))]


TOOL = tool.Tool(
    "diagnosis", Options, compute, figures, hints={"tasks": f"Of {', '.join(TASKS)}."}
)

if __name__ == "__main__":
    tool.run(TOOL, "foundations")

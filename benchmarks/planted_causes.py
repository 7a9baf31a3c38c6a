r"""Whether `advise` names faults that were put into vectors.

    python -m benchmarks.planted_causes
    python -m benchmarks.planted_causes --wide

Of each kind of fault and seed a line, then how many were named rightly. With `--wide`
vectors have 384 dimensions, more than there are queries, so that free vectors of either
side fit anything.
"""

import pathlib
import tempfile

from absl import flags

from benchmarks import planted
from set_contrastive import advisor
from set_contrastive.base import command_line

_SEEDS = flags.DEFINE_integer("seeds", 4, "Seeds of each kind.", lower_bound=1)
_WIDE = flags.DEFINE_bool("wide", False, "Plant into vectors of 384 dimensions.")


def main(argv: list[str]) -> None:
    """Prints a line for each case, and the count."""
    del argv
    named = [
        _is_named(case, seed, _WIDE.value)
        for case in planted.CASES
        for seed in range(_SEEDS.value)
    ]
    print(f"{sum(named)} of {len(named)} named rightly")


def _is_named(case: str, seed: int, wide: bool) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        options = planted.write(case, seed, pathlib.Path(folder), wide)
        output = str(pathlib.Path(folder) / "advice")
        advice = advisor.advise(output=output, **options)
    right = advice.verdict == planted.VERDICTS[case]
    told = "" if advice.sides is None or advice.sides["told"] else ", by convention"
    words = "right" if right else "wrong"
    print(f"{case:<12}{seed:>3}  {words}  {advice.verdict}{told}", flush=True)
    return right


if __name__ == "__main__":
    command_line.run(main)

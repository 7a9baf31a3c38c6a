r"""Runs all benchmarks, one after the other, and keeps their tables.

    pip install 'set_contrastive[peer]'
    python -m benchmarks --output=benchmarks-of-today
    python -m benchmarks --output=benchmarks-of-today --parts=threads,scoring

Each part is a process of its own, `python -m benchmarks.<part>`, and says in its --help
what it measures. Where other projects can do the same they run beside, in the same run,
and ratios are to them. Run it on an idle machine; on two cores it took 43 minutes
without advisor and the study preset.
"""

import subprocess
import sys
import time

from absl import flags

from set_contrastive.base import command_line
from set_contrastive.base.errors import UserError

# Flags by part; a part may be asked for several times with other flags.
_PARTS: dict[str, tuple[str, ...]] = {
    "games": ("games",),
    "scoring": ("scoring",),
    "training": ("training",),
    "training_study": (
        *("training", "--preset=study", "--batch_size=64"),
        *("--calls=2", "--steps_per_call=1", "--pairs=8"),
    ),
    "pytorch_peer": ("pytorch_peer",),
    "pytorch_peer_study": (
        *("pytorch_peer", "--preset=study", "--batch_size=64"),
        *("--turns=3", "--steps=4"),
    ),
    "kept_memory": ("kept_memory",),
    "compiling": ("compiling",),
    "serving": ("serving", "--peers"),
    "threads": ("threads",),
    "index": ("index",),
    "index_of_several_vectors": ("index", "--key_vectors=4", "--query_vectors=8"),
    "advisor": ("advisor",),
}

_OUTPUT = flags.DEFINE_string(
    "output", None, "Folder for the tables, as JSON and CSV.", required=True
)
_NAMES = flags.DEFINE_list("parts", list(_PARTS), "What to measure.")


def main(argv: list[str]) -> None:
    """Runs the parts."""
    del argv
    unknown = [name for name in _NAMES.value if name not in _PARTS]
    if unknown:
        raise UserError(f"parts: expected some of {list(_PARTS)}, got {unknown[0]!r}")
    failed = []
    for number, name in enumerate(_NAMES.value, 1):
        module, *options = _PARTS[name]
        command = ["-m", f"benchmarks.{module}", *options]
        print(f"\n{number}/{len(_NAMES.value)} python {' '.join(command)}", flush=True)
        started = time.monotonic()
        output = f"--output={_OUTPUT.value}"
        if subprocess.run([sys.executable, *command, output], check=False).returncode:
            failed.append(name)
        print(f"{(time.monotonic() - started) / 60:.1f} minutes", flush=True)
    if failed:
        raise UserError(f"these parts failed, for the reasons above: {failed}")


if __name__ == "__main__":
    command_line.run(main)

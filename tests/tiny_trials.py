"""Small studies of trials for tests: tests.tiny_trials:STUDY."""

import os
import pathlib
import time

from set_contrastive.base.errors import UserError
from set_contrastive.studies.trial_study import Trial
from set_contrastive.studies.trial_study import TrialStudy


def power(base, exponent, seed):
    """Returns the powers of a number up to one, and the seed beside them."""
    curve = [(n, base**n) for n in range(1, exponent + 1)]
    return {"base": base, "power": base**exponent + seed, "curve": curve}


def refuse(seed):
    """Does not like its arguments."""
    raise UserError(f"seed must be a poem, got {seed}")


def no_row(seed):
    """Returns what is no row of a table."""
    return {seed}


def linger(seed):
    """Says where it runs, and ends once it is allowed to."""
    place = pathlib.Path(os.environ["LINGERS_IN"])
    (place / "process").write_text(str(os.getpid()))
    while not (place / "end").exists():
        time.sleep(0.02)
    return {"cores": len(os.sched_getaffinity(0)), "seed": seed}


def _study(name, function, *arguments):
    trials = tuple(
        Trial(f"{name}-{number}", values, 0.01)
        for number, values in enumerate(arguments)
    )
    return TrialStudy(name, "Does it?", "All exact.", function, trials, "power")


STUDY = _study(
    "powers",
    "tests.tiny_trials:power",
    {"base": 2, "exponent": 3},
    {"base": 3, "exponent": 2},
)
# A later version of it: its first trial is another.
CHANGED = _study(
    "powers",
    "tests.tiny_trials:power",
    {"base": 2, "exponent": 4},
    {"base": 3, "exponent": 2},
)
FAILING = _study("failing", "tests.tiny_trials:refuse", {})
NO_ROW = _study("no_row", "tests.tiny_trials:no_row", {})
MISSING = _study("missing", "tests.tiny_trials:nothing", {})
LINGERING = _study("lingering", "tests.tiny_trials:linger", {})

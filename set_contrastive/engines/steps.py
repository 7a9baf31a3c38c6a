"""Runs commands one after the other, each of them shown."""

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence

from set_contrastive.base.errors import UserError
from set_contrastive.studies.demo_steps import Step


def run(steps: Sequence[Step]) -> None:
    """Runs the steps that are not done yet, showing each and the time left.

    Raises:
      UserError: If a step fails; what is done stays done.
    """
    started = time.monotonic()
    done = [
        bool(step.makes) and all(made.exists() for made in step.makes) for step in steps
    ]
    for number, step in enumerate(steps):
        heading = f"[{number + 1}/{len(steps)}] {step.title}"
        if done[number]:
            print(f"{heading}: done before", flush=True)
            continue
        left = sum(
            later.minutes
            for later, there in zip(steps[number:], done[number:], strict=True)
            if not there
        )
        spent = (time.monotonic() - started) / 60
        print(
            f"\n{heading} (so far {spent:.1f} min, about {left:.1f} min left)\n"
            f"$ python {shlex.join(step.arguments)}",
            flush=True,
        )
        command = [sys.executable, *step.arguments]
        if code := subprocess.run(command, check=False).returncode:
            raise UserError(
                f"the demo stopped at step {number + 1} ({step.title}), which ended "
                f"with exit code {code}; run it again to go on from there"
            )

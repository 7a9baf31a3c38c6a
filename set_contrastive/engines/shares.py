"""What each cell gets of this machine: a GPU of its own, and a share of the cores."""

import contextlib
import dataclasses
import os
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from set_contrastive.base.errors import UserError

CUDA_VISIBLE_DEVICES = "CUDA_VISIBLE_DEVICES"


@dataclasses.dataclass(frozen=True)
class Share:
    """What one cell may use.

    Attributes:
      cores: Numbers of the cores.
      gpu: The GPU's name as CUDA_VISIBLE_DEVICES spells it; none for a cell that is
        trained on its cores.
    """

    cores: tuple[int, ...]
    gpu: str | None = None

    def take(self) -> None:
        """Leaves this process, and the threads that it starts, nothing else.

        It must come before TensorFlow looks for devices.
        """
        os.sched_setaffinity(0, self.cores)
        if self.gpu is not None:
            os.environ[CUDA_VISIBLE_DEVICES] = self.gpu


def deal(parallel: int | None, gpus: tuple[str, ...]) -> list[Share]:
    """Deals GPUs and cores out to the cells that run at a time.

    With GPUs each cell gets one, since TensorFlow takes a GPU's whole memory. Without,
    there is one cell per core by default; with more cells than cores, several cells
    share a core.

    Args:
      parallel: Number of cells at a time; none for as many as there are GPUs, or cores
        where there is no GPU.
      gpus: Names of the GPUs.

    Raises:
      UserError: If there are GPUs, but fewer than `parallel`.
    """
    cores = sorted(os.sched_getaffinity(0))
    parallel = parallel or len(gpus) or len(cores)
    if gpus and parallel > len(gpus):
        raise UserError(
            f"parallel must be at most {len(gpus)}, the number of GPUs, since a cell "
            f"takes a whole one, got {parallel}; to train on the cores, hide the GPUs "
            f"with {CUDA_VISIBLE_DEVICES}="
        )
    return [
        Share(
            tuple(cores[place::parallel]) or (cores[place % len(cores)],),
            gpus[place] if gpus else None,
        )
        for place in range(parallel)
    ]


def find_gpus(context: Any) -> tuple[str, ...]:
    """Returns the GPUs that TensorFlow finds, as CUDA_VISIBLE_DEVICES spells them.

    A process that lives for this alone asks TensorFlow: CUDA must not be initialized in
    the process that cells are forked from.

    Args:
      context: What makes processes, of `multiprocessing`.

    Raises:
      RuntimeError: If that process breaks down.
    """
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_number_of_gpus, args=(sender,))
    process.start()
    sender.close()
    try:
        number = receiver.recv()
    except EOFError:
        process.join()
        raise RuntimeError(
            f"the process that looks for GPUs ended with exit code {process.exitcode}"
        ) from None
    process.join()
    return name_gpus(number, os.environ)


def name_gpus(number: int, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the names of the first GPUs of those that the user lets us see."""
    visible = environment.get(CUDA_VISIBLE_DEVICES)
    if visible is None:
        return tuple(str(place) for place in range(number))
    return tuple(name.strip() for name in visible.split(","))[:number]


def _send_number_of_gpus(sender: Connection) -> None:
    os.setpgid(0, 0)  # The terminal's Ctrl-C is for the sweep alone.
    from set_contrastive.base import command

    with contextlib.suppress(BrokenPipeError):  # The sweep may be gone.
        sender.send(len(command.look_for_devices("GPU")))

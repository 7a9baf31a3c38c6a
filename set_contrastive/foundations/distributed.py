"""What data parallelism exchanges, how long that takes, and what is the heavy part.

    python -m set_contrastive.foundations.distributed --output=foundations

Measures steps of the project's trainer with 1, 2 and 4 replicas in one process and with
two processes, beside the time models of a ring all-reduce and of a parameter server,
whose link is fitted to bare all-reduces. Then says from how many positions of a step on
computing takes longer than the exchange. On one machine replicas share the cores, so
more are not faster: what is measured is the price of the exchange. Some minutes.
"""

import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Any

from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.base.figure import Figure
from set_contrastive.base.result import Result
from set_contrastive.configs.checks import check_at_least
from set_contrastive.foundations.exchange import processes
from set_contrastive.foundations.exchange import time_models
from set_contrastive.games import registry
from set_contrastive.theory import tool

_NAME, _BALANCE, _GAME = "distributed", "distributed_balance", "union_27"
# Setting -> strategy, replicas, processes.
SETTINGS = {
    "1 replica": ("none", 1, 1),
    "2 replicas": ("mirrored", 2, 1),
    "4 replicas": ("mirrored", 4, 1),
    "2 processes": ("multi_worker", 2, 2),
}
# In a step, of one message each: TensorFlow puts all tensors of a list into one.
_ALL_REDUCES = 2
_SIZES = [2**12, 2**16, 2**20, 2**23]  # Bytes of bare all-reduces.
# Operations and bytes a second, as round numbers of their kind.
_DEVICES = {"CPU of 100 GFLOP/s": 1e11, "GPU of 400 TFLOP/s": 4e14}
_LINKS = {"1 Gb/s": 1.25e8, "100 Gb/s": 1.25e10, "400 GB/s": 4e11}


@dataclasses.dataclass(frozen=True)
class Options:
    """What to measure."""

    # Where to measure steps.
    settings: tuple[str, ...] = tuple(SETTINGS)
    # Widths d_model of the two-tower models.
    widths: tuple[int, ...] = (32, 256)
    # Queries of a step, over all replicas.
    batch_size: int = 64
    # Steps of a call, of which there are three for each model.
    steps: int = 10
    # Replicas of the second table.
    replicas: int = 8
    # Seconds after which processes that have not ended are stopped.
    limit_s: float = 300.0

    def __post_init__(self) -> None:
        check_at_least(self, 1, "steps", "batch_size")
        check_at_least(self, 2, "replicas")
        unknown = [name for name in self.settings if name not in SETTINGS]
        if unknown or "1 replica" not in self.settings:
            raise UserError(
                f"settings must be of {', '.join(SETTINGS)}, with 1 replica to compare "
                f"with, got {', '.join(self.settings)}"
            )
        if self.batch_size % 4:
            told = f"batch_size must be a multiple of 4, got {self.batch_size}"
            raise UserError(told)


def _rows(options: Options) -> Iterator[dict[str, Any]]:
    alone: dict[int, float] = {}
    names = [name for name in SETTINGS if name in options.settings]
    for name in tqdm(names, _NAME, unit="setting"):
        strategy, replicas, count = SETTINGS[name]
        order = {
            "strategy": strategy,
            "replicas": replicas,
            "widths": options.widths,
            "batch_size": options.batch_size,
            "steps": options.steps,
            "sizes": _SIZES,
        }
        found = processes.run(order, count, options.limit_s)
        link = None
        if replicas > 1:
            link = time_models.fit(replicas, _SIZES, found["all_reduce_s"])
        for step in found["steps"]:
            alone.setdefault(step["d_model"], step["step_s"])
            yield _row(name, replicas, step, alone[step["d_model"]], link, options)


def _row(
    name: str,
    replicas: int,
    step: dict[str, Any],
    alone_s: float,
    link: time_models.Link | None,
    options: Options,
) -> dict[str, Any]:
    """Returns a row; `alone_s` is the step of the same batch on one replica."""
    reduced, gathered = time_models.exchanged_bytes(
        step["parameters"], registry.get(_GAME).spec.num_keys, options.batch_size
    )
    row: dict[str, Any] = {
        "setting": name,
        "d_model": step["d_model"],
        "parameters": step["parameters"],
        "input_ms": 1e3 * step["input_s"],
        "step_ms": 1e3 * step["step_s"],
        **dict.fromkeys(("reduced_bytes", "gathered_bytes", "sent_bytes"), 0),
        **dict.fromkeys(("ring_ms", "server_ms", "predicted_ms")),
        **dict.fromkeys(("latency_ms", "mb_per_s")),
    }
    if link is None:
        return row
    gather = time_models.gather(replicas, gathered, link)
    ring = time_models.ring(replicas, reduced, link, _ALL_REDUCES)
    server = time_models.server(replicas, reduced, link, _ALL_REDUCES)
    share = (replicas - 1) / replicas
    return row | {
        "reduced_bytes": reduced,
        "gathered_bytes": gathered,
        "sent_bytes": round(share * (2 * reduced + gathered)),
        "ring_ms": 1e3 * (ring + gather),
        "server_ms": 1e3 * (server + gather),
        "predicted_ms": 1e3 * (alone_s + ring + gather),
        "latency_ms": 1e3 * link.seconds,
        "mb_per_s": link.bytes_per_second / 1e6,
    }


def _balance(replicas: int) -> Iterator[dict[str, Any]]:
    for device, flops in _DEVICES.items():
        for name, bytes_per_second in _LINKS.items():
            found = time_models.balance(replicas, flops, bytes_per_second)
            yield {"device": device, "link": name, **found}


def compute(options: Options, output: pathlib.Path) -> Iterator[Result]:
    """Yields what was measured, then when computing outweighs the exchange."""
    del output
    settings = dataclasses.asdict(options)
    yield Result(
        _NAME,
        f"A step of {options.batch_size} queries of {_GAME}, and what is exchanged",
        "Bytes are exact; sent_bytes: by each replica in rings. step_ms, input_ms: "
        "measured; ring_ms, server_ms: the exchange by the models, with latency_ms and "
        "mb_per_s fitted to bare all-reduces; predicted_ms: with 1 replica, + ring_ms.",
        tuple(_rows(options)),
        settings,
    )
    yield Result(
        _BALANCE,
        f"Positions per replica of {options.replicas} at which exchange = computing",
        "Exact by the models, for any number of parameters; with fewer positions the "
        "network is the heavy part, with more the devices.",
        tuple(_balance(options.replicas)),
        settings,
    )


def figures(result: Result) -> list[Figure]:
    """Returns the picture of the steps."""
    if result.name != _NAME:
        return []

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        labels = [f"{row['setting']}, d {row['d_model']}" for row in result.rows]
        axes.barh(labels, [row["step_ms"] for row in result.rows], color="#4aa3df")
        told = [row["predicted_ms"] for row in result.rows]
        axes.plot(told, range(len(labels)), "|", ms=14, mew=2, color="#d6604d")
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.set_xlabel("ms per step: measured (bar), step of 1 replica + ring (mark)")

    return [Figure(_NAME, f"{result.title}.", draw, (7.2, 3.8))]


TOOL = tool.Tool(
    "distributed",
    Options,
    compute,
    figures,
    columns={
        _NAME: (
            *("setting", "d_model", "parameters", "sent_bytes", "step_ms", "input_ms"),
            *("ring_ms", "server_ms", "predicted_ms"),
        )
    },
)

if __name__ == "__main__":
    tool.run(TOOL, "foundations")

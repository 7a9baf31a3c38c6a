r"""Which threads serve score_all best: of an op, between ops, and of several clients.

    pip install 'set_contrastive[peer]' && python -m benchmarks.threads

Each contender is a process of its own that has loaded the export and waits; they take
turns, one batch size and number of clients at a time. TensorFlow runs the export in the
session that TensorFlow Serving uses, with as many threads of an op (intra) and between
ops (inter) as its name says; `defaults` is one a core of both, and `no oneDNN` has
TF_ENABLE_ONEDNN_OPTS=0. Its processes keep freed memory, as docker-compose.yml has it,
but for `memory not kept`. ONNX Runtime runs the same weights with as many threads of an
op. A client is a thread that asks again as soon as it has its answer. times_onnx is the
median beside ONNX Runtime's with as many cores; times_one_client is the queries a
second beside those of one client. Weights are random, which costs the same. Run it on
an idle machine.
"""

import concurrent.futures
import itertools
import multiprocessing
import os
import pathlib
import tempfile
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
from absl import flags
from tqdm import tqdm

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
import tensorflow as tf

from benchmarks import compared_models
from benchmarks import serving_peers
from benchmarks import table
from benchmarks import untrained_models
from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.training import presets

_PRESET = flags.DEFINE_enum("preset", "laptop", presets.NAMES, "Sizes of the models.")
_FAMILIES = flags.DEFINE_list("models", ["two_tower", "cross_encoder"], "The models.")
_GAME = flags.DEFINE_string("game", "union_27", "The game.")
_BATCHES = flags.DEFINE_list(
    "batch_sizes", ["1", "8", "64", "512"], "Queries of a call."
)
_CLIENTS = flags.DEFINE_list("clients", ["1", "2"], "Clients at a time.")
_SECONDS = flags.DEFINE_float("seconds", 2.0, "Seconds of each contender's turn.")
_OUTPUT = table.output_flag()

# Threads of an op and between ops, and ONNX Runtime with as many cores.
_ONE_CORE, _ALL_CORES = "ONNX Runtime, 1", "ONNX Runtime, defaults"
_NO_ONEDNN = "TensorFlow, 1 intra 2 inter, no oneDNN"
_NOT_KEPT = "TensorFlow, 1 intra 2 inter, memory not kept"
_TENSORFLOW = {
    "TensorFlow, defaults": ((0, 0), _ALL_CORES),
    "TensorFlow, 2 intra 1 inter": ((2, 1), _ALL_CORES),
    "TensorFlow, 1 intra 2 inter": ((1, 2), _ONE_CORE),
    _NO_ONEDNN: ((1, 2), _ONE_CORE),
    _NOT_KEPT: ((1, 2), _ONE_CORE),
    "TensorFlow, 1 intra 1 inter": ((1, 1), _ONE_CORE),
}
_ONNX = {_ALL_CORES: 0, _ONE_CORE: 1}
_PEERS = {name: peer for name, (_, peer) in _TENSORFLOW.items()} | {
    name: name for name in _ONNX
}
# Of the environment in which a contender's process starts. What is as glibc has it
# anyway says that the user has chosen: see base/kept_memory.py.
_AS_IT_IS = {"MALLOC_ARENA_TEST": "8"}
_VARIABLES = {
    _NO_ONEDNN: {"TF_ENABLE_ONEDNN_OPTS": "0"},
    **dict.fromkeys((_NOT_KEPT, *_ONNX), _AS_IT_IS),
}


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        "threads",
        "Threads that serve score_all, contenders in turn",
        "Ratios are of one run: times_onnx to ONNX Runtime with as many cores, "
        "times_one_client to the same contender with one client.",
    )
    for family in _FAMILIES.value:
        with tempfile.TemporaryDirectory() as folder:
            for row in _measure(family, pathlib.Path(folder)):
                rows.add(model=family, **row)
    rows.save(
        _OUTPUT.value,
        preset=_PRESET.value,
        game=_GAME.value,
        seconds=_SECONDS.value,
    )


def _measure(family: str, folder: pathlib.Path) -> Any:
    """Yields the rows of a model."""
    game = registry.get(_GAME.value)
    config = compared_models.model(_PRESET.value, family)
    untrained_models.export(game, config, folder / "1")
    onnx = serving_peers.to_onnx(tf.saved_model.load(str(folder / "1")), game)
    (folder / "model.onnx").write_bytes(onnx)
    contenders = _start(folder)
    single: dict[Any, float] = {}
    turns = list(
        itertools.product(map(int, _BATCHES.value), sorted(map(int, _CLIENTS.value)))
    )
    bar = tqdm(total=len(turns) * len(contenders), unit="turn", leave=False)
    for batch, clients in turns:
        queries = game.sample(np.random.default_rng(0), batch)
        found = {}
        for name, end in contenders.items():
            end.send((queries, clients, _SECONDS.value))
            found[name] = _receive(end)
            bar.update()
        for name, (seconds, calls_per_s) in found.items():
            rate = batch * calls_per_s
            one = single.setdefault((name, batch), rate)
            yield {
                "contender": name,
                "batch": batch,
                "clients": clients,
                "p50_ms": 1e3 * np.median(seconds),
                "p99_ms": 1e3 * np.percentile(seconds, 99),
                "queries_per_s": round(rate),
                "times_onnx": np.median(seconds) / np.median(found[_PEERS[name]][0]),
                "times_one_client": rate / one,
            }
    bar.close()
    for end in contenders.values():
        end.close()


def _start(folder: pathlib.Path) -> dict[str, Any]:
    """Starts the contenders' processes; returns the end of a pipe to each."""
    context = multiprocessing.get_context("spawn")
    ends: dict[str, Any] = {}
    for name in _PEERS:
        ends[name], theirs = context.Pipe()
        order = (name, str(folder), theirs)
        with mock.patch.dict(os.environ, _VARIABLES.get(name, {})):
            context.Process(target=_serve, args=order, daemon=True).start()
        theirs.close()
        _receive(ends[name])  # One loads at a time.
    return ends


def _receive(end: Any) -> Any:
    try:
        return end.recv()
    except EOFError as error:
        raise UserError("a contender's process ended; its message is above") from error


def _serve(name: str, folder: str, end: Any) -> None:
    """Loads a contender and then runs a turn for each order that comes."""
    if name in _ONNX:
        onnx = (pathlib.Path(folder) / "model.onnx").read_bytes()
        score = serving_peers.onnx_runtime(onnx, _ONNX[name])
    else:
        score = _session(f"{folder}/1", *_TENSORFLOW[name][0])
    end.send("loaded")
    while True:
        try:
            queries, clients, limit_s = end.recv()
        except EOFError:
            return
        score(queries)  # The first call with a new shape is slow.
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            started = time.perf_counter()
            asked = [pool.submit(_ask, score, queries, limit_s) for _ in range(clients)]
            seconds = [value for future in asked for value in future.result()]
            end.send((seconds, len(seconds) / (time.perf_counter() - started)))


def _ask(score: Callable[[Any], Any], queries: Any, limit_s: float) -> list[float]:
    """Returns the seconds of each call until the time is over, at least three."""
    seconds: list[float] = []
    while sum(seconds) < limit_s or len(seconds) < 3:
        started = time.perf_counter()
        score(queries)
        seconds.append(time.perf_counter() - started)
    return seconds


def _session(export: str, intra: int, inter: int) -> Callable[[Any], Any]:
    """Returns score_all of an export in a session, as TensorFlow Serving runs it."""
    config = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=intra, inter_op_parallelism_threads=inter
    )
    session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
    with session.graph.as_default():
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], export)
    signature = loaded.signature_def["score_all"]
    run = session.make_callable(
        signature.outputs["scores"].name, [signature.inputs["query"].name]
    )
    return lambda queries: run(queries)


if __name__ == "__main__":
    command.run(main)

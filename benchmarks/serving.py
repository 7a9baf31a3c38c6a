r"""Latency of score_all through the SavedModel, beside ONNX Runtime and PyTorch.

    python -m benchmarks.serving
    pip install 'set_contrastive[peer]' && python -m benchmarks.serving --peers

One process, no network. Contenders take turns at each batch size, until each has had
its seconds. `times_packed` is the median beside the packed cross-encoder's; `pair by
pair` scores the K keys of each query one after the other through serving_default, as a
plain cross-encoder must; `solved` finds the best query vector by Newton's method. ONNX
Runtime runs the same weights, converted by tf2onnx; PyTorch runs the cross-encoder as
sentence-transformers' `CrossEncoder.predict` does: batches of 32 pairs in a loop.
Weights are random, which costs the same. Run it on an idle machine.
"""

import multiprocessing
import pathlib
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from absl import flags
from tqdm import tqdm

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
import tensorflow as tf

from benchmarks import compared_models
from benchmarks import serving_peers
from benchmarks import table
from benchmarks import untrained_models
from set_contrastive.games import registry
from set_contrastive.training import presets

_PRESETS = flags.DEFINE_list("presets", list(presets.NAMES), "Sizes of the models.")
_GAME = flags.DEFINE_string("game", "union_27", "The game.")
_BATCHES = flags.DEFINE_list(
    "batch_sizes", ["1", "8", "64", "512"], "Queries of a call."
)
_SECONDS = flags.DEFINE_float("seconds", 3.0, "Seconds of each contender and batch.")
_PEERS = flags.DEFINE_bool("peers", False, "Beside ONNX Runtime and PyTorch.")
_OUTPUT = table.output_flag()

_PACKED = "cross_encoder, packed"
_PYTORCH = "cross_encoder, PyTorch pairs"
_SOLVED_DIM = 16  # With as many as keys, least squares would do.
_LATE = {"key_vectors": 2, "vector_dim": 8}  # A key takes as many floats.


def main(argv: list[str]) -> None:
    """Prints a table."""
    del argv
    rows = table.Table(
        "serving",
        "Latency of score_all in one process, contenders in turn",
        "Every runtime with its own default threads; times_packed is the median beside "
        "the packed cross-encoder's of TensorFlow.",
    )
    game = registry.get(_GAME.value)
    for preset in _PRESETS.value:
        with tempfile.TemporaryDirectory() as folder:
            contenders = _contenders(game, preset, pathlib.Path(folder))
            for batch_size in map(int, _BATCHES.value):
                queries = game.sample(np.random.default_rng(0), batch_size)
                times = _take_turns(contenders, queries)
                packed = np.median(times[_PACKED])
                for label, seconds in times.items():
                    p50, p99 = np.percentile(seconds, [50, 99])
                    rows.add(
                        preset=preset,
                        scorer=label,
                        batch=batch_size,
                        p50_ms=1e3 * p50,
                        p99_ms=1e3 * p99,
                        queries_per_s=round(batch_size / np.mean(seconds)),
                        times_packed=p50 / packed,
                    )
    rows.save(_OUTPUT.value, game=_GAME.value, seconds=_SECONDS.value)


def _take_turns(
    contenders: dict[str, Callable[[Any], Any]], queries: Any
) -> dict[str, list[float]]:
    """Returns the seconds of each call, at least three a contender."""
    times: dict[str, list[float]] = {label: [] for label in contenders}
    for score in contenders.values():
        score(queries)  # The first call with a new shape is slow.
    budget = _SECONDS.value
    bar = tqdm(total=budget * len(times), unit="s", leave=False)
    # Threads of PyTorch go on for a while after a call, so it comes after all others.
    for waiting in (set(times) - {_PYTORCH}, set(times) & {_PYTORCH}):
        while waiting:
            for label in sorted(waiting):
                started = time.perf_counter()
                contenders[label](queries)
                times[label].append(time.perf_counter() - started)
                bar.update(min(times[label][-1], bar.total - bar.n))
                if len(times[label]) >= 3 and sum(times[label]) > budget:
                    waiting.discard(label)
    bar.close()
    return times


def _contenders(
    game: Any, preset: str, folder: pathlib.Path
) -> dict[str, Callable[[Any], Any]]:
    found: dict[str, Callable[[Any], Any]] = {}
    compared = {
        label: compared_models.model(preset, family)
        for label, family in (("two_tower", "two_tower"), (_PACKED, "cross_encoder"))
    }
    # Ours first, and the cross-encoder last, whose model goes on below.
    for label, config in {**_without_peers(preset), **compared}.items():
        version = folder / label
        untrained_models.export(game, config, version)
        print(f"{preset} {label}: load and first call {_cold_load(version):.2f} s")
        model = tf.saved_model.load(str(version))
        found[label] = _score_all(model)
        if _PEERS.value and label in compared:
            found[f"{label}, ONNX Runtime"] = serving_peers.onnx_runtime(
                serving_peers.to_onnx(model, game)
            )
    found["cross_encoder, pair by pair"] = _pair_by_pair(model, game.spec.num_keys)
    if _PEERS.value:
        found[_PYTORCH] = serving_peers.pytorch(game, config)
    return found


def _without_peers(preset: str) -> dict[str, Any]:
    """Returns models that only this project has, by label."""
    solved = presets.model(preset, "two_tower", vector_dim=_SOLVED_DIM)
    late = presets.model(preset, "late_interaction", **_LATE)
    found = {}
    if solved.query_vector == "solved":
        found[f"two_tower, solved, d = {_SOLVED_DIM}"] = solved
    label = "late_interaction, {key_vectors} vectors of {vector_dim}"
    return {**found, label.format(**_LATE): late}


def _score_all(model: Any) -> Callable[[Any], Any]:
    function = model.signatures["score_all"]
    return lambda queries: function(query=tf.constant(queries))["scores"].numpy()


def _pair_by_pair(model: Any, num_keys: int) -> Callable[[Any], Any]:
    function = model.signatures["serving_default"]

    def score(queries: Any) -> Any:
        pairs = {
            "query": tf.repeat(queries, num_keys, axis=0),
            "key": tf.tile(tf.range(num_keys), [len(queries)]),
        }
        return function(**pairs)["score"].numpy().reshape(len(queries), num_keys)

    return score


def _cold_load(version: pathlib.Path) -> float:
    """Returns the seconds that a new process takes to load and answer once."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return float(pool.apply(_load_and_ask, (str(version), _GAME.value)))


def _load_and_ask(version: str, game: str) -> float:
    queries = registry.get(game).sample(np.random.default_rng(0), 1)
    started = time.perf_counter()
    _score_all(tf.saved_model.load(version))(queries)
    return time.perf_counter() - started


if __name__ == "__main__":
    command.run(main)

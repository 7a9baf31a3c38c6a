"""What a contrastive scorer knows of frequencies: PMI against the conditional.

Two-tower models are trained on pairs of a skewed game, by in-batch InfoNCE and by
cross-entropy over all keys, both on one sampled key for each query. The optimum of the
first is the PMI `log p(k | q) / p(k)`, that of the second `log p(k | q)`, each up to a
number of the query's own. So `log p(k)` added to the first gives the second.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from set_contrastive.base.arrays import FloatArray
from set_contrastive.base.result import Result
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.games import registry
from set_contrastive.games.game import Queries
from set_contrastive.models import families
from set_contrastive.theory.joints import ranking
from set_contrastive.theory.joints import skewed_game
from set_contrastive.theory.joints.zero_shot_config import NAME
from set_contrastive.theory.joints.zero_shot_config import TRAINED
from set_contrastive.theory.joints.zero_shot_config import ZeroShotConfig
from set_contrastive.training import objectives
from set_contrastive.training import optimizers
from set_contrastive.training import schedules

_GAME = "union_27"
_RATE = 0.01  # Muon's.
_CLIP_NORM = 1.0
_MARGINAL_QUERIES = 2**17
# Streams of random numbers that must not overlap with each other.
_PAIRS_STREAM, _TEST_STREAM, _MARGINAL_STREAM = range(3)
_CLAIM = (
    "Estimates: means over the test queries and, for trained scorers, over seeds, with "
    "their standard deviation (_sd). The scorers pmi and conditional are exact: they "
    "are what infonce and cross_entropy converge to. p(k) is that of the pairs: exact "
    f"for key_first, for query_first a mean over {_MARGINAL_QUERIES:,} queries. "
    "kl_nats is KL(p(k|q) || softmax of the scores); top1 is p(k|q) of the best-scored "
    "key, the expected accuracy where the right key is drawn from p(k|q); best_first "
    "is the share of queries whose best-scored key is the most probable one; tied keys "
    "count by their mean. top_k_overlap is the share of the |S| best-scored keys that "
    "match."
)


def measure(
    config: ZeroShotConfig, advance: Callable[[int], object] = lambda steps: None
) -> Result:
    """Trains the models and measures them beside the exact scorers.

    `advance` is told how many steps were taken, of `config.total_steps`.
    """
    game = registry.get(_GAME).with_pairs(config.pairs)
    weights = skewed_game.zipf_weights(game.spec.num_keys, config.zipf)
    rows = []
    for pairing in skewed_game.PAIRINGS:
        skewed = skewed_game.SkewedGame(game, weights, pairing)
        queries, masks = skewed.sample(_rng(_TEST_STREAM), config.test_queries)
        truth = skewed.conditional(masks)
        log_p_key = np.log(
            skewed.key_marginal(_rng(_MARGINAL_STREAM), _MARGINAL_QUERIES)
        )
        with np.errstate(divide="ignore"):
            log_truth = np.log(truth)
        scores: dict[str, list[FloatArray]] = {
            "pmi": [log_truth - log_p_key],
            "conditional": [log_truth],
        }
        if pairing == "key_first":
            for objective in TRAINED:
                found = train(skewed, objective, config, queries, advance)
                scores[objective] = found
        # What InfoNCE lacks is known, so it can be put back after training.
        for known in {"pmi", "infonce"} & scores.keys():
            scores[f"{known} + log p(k)"] = [s + log_p_key for s in scores[known]]
        rows += [_row(pairing, key, s, truth) for key, s in sorted(scores.items())]
    return Result(
        NAME,
        f"Ranking the keys of a skewed {_GAME} ({config.pairs} pairs) by PMI and by "
        "conditional probability",
        _CLAIM,
        tuple(rows),
        dataclasses.asdict(config),
    )


def train(
    skewed: skewed_game.SkewedGame,
    objective: str,
    config: ZeroShotConfig,
    test_queries: Queries,
    advance: Callable[[int], object] = lambda steps: None,
) -> list[FloatArray]:
    """Trains a two-tower model for each seed on sampled pairs, and scores queries.

    The objective is a sampled one of `set_contrastive.training.objectives`.

    Returns:
      For each seed the scores of all keys for `test_queries`, float64 `[n, K]`.
    """
    spec = skewed.game.spec
    model = families.build(spec, config.model).all_keys_scorer
    settings = OptimizerConfig(
        "muon", learning_rate=_RATE, warmup_steps=min(100, config.steps // 4)
    )
    weights = model.trainable_variables
    rate = schedules.build(settings, config.steps)
    optimizer = optimizers.build(settings, rate, weights)
    optimizer.build(weights)
    loss = objectives.get(objective)

    @tf.function
    def step(queries: Any, masks: Any, keys: Any) -> None:
        with tf.GradientTape() as tape:
            value = loss(model({"query": queries}, training=True), masks, keys)
        gradients = tape.gradient(value, model.trainable_variables)
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        clipped, _ = tf.clip_by_global_norm(dense, _CLIP_NORM)
        optimizer.apply(clipped, model.trainable_variables)

    scores = []
    for seed in range(config.seeds):
        # The same graph for all seeds, as tracing it takes as long as training.
        keras.utils.set_random_seed(seed)
        model.set_weights(
            families.build(spec, config.model).all_keys_scorer.get_weights()
        )
        for variable in optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        rng = _rng(_PAIRS_STREAM, seed)
        for _ in range(config.steps):
            queries, masks = skewed.sample(rng, config.batch_size)
            keys = skewed.draw_keys(rng, masks)
            step(*map(tf.constant, (queries, masks, keys)))
            advance(1)
        scores.append(np.asarray(model({"query": test_queries}), np.float64))
    return scores


def _rng(*stream: int) -> np.random.Generator:
    return np.random.default_rng(stream)


def _row(
    pairing: str, scorer: str, scores: list[FloatArray], truth: FloatArray
) -> dict[str, Any]:
    """Returns a row; an exact scorer has neither seeds nor spread."""
    found = [ranking.measure(s, truth) for s in scores]
    row: dict[str, Any] = {
        "pairs_drawn": pairing,
        "scorer": scorer,
        "seeds": len(scores) if scorer.startswith(TRAINED) else None,
    }
    for name in found[0]:
        values = [measures[name] for measures in found]
        row[name] = float(np.mean(values))
        many = len(values) > 1
        row[f"{name}_sd"] = float(np.std(values, ddof=1)) if many else None
    return row

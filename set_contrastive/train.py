r"""Trains a scorer on a card game, watched in TensorBoard.

    python -m set_contrastive.train --game=union_27 --model=two_tower --vector_dim=27 \
        --data_dir=data --workdir=runs/union_27_d27

The same command goes on where a stopped run was.
"""

import os
from typing import cast, get_args

from absl import flags

from set_contrastive.base import command
from set_contrastive.configs import experiment_config
from set_contrastive.configs import model_config
from set_contrastive.configs import optimizer_config
from set_contrastive.games import registry
from set_contrastive.runs import experiment
from set_contrastive.training import distribution
from set_contrastive.training import presets

_GAME = flags.DEFINE_string(
    "game",
    "union_27",
    f"The game: one of {', '.join(registry.names())}, or package.module:factory.",
)
_DATA_DIR = flags.DEFINE_string(
    "data_dir", "data", "Where `tfds build` has prepared the data sets."
)
_WORKDIR = flags.DEFINE_string(
    "workdir",
    None,
    "Folder of this run: configuration, checkpoints, TensorBoard.",
    required=True,
)
_MODEL = flags.DEFINE_enum(
    "model",
    "two_tower",
    get_args(model_config.Family),
    "two_tower scores by an inner product of vectors, cross_encoder reads query and "
    "key together, classifier ends in one linear layer over all keys.",
)
_PRESET = flags.DEFINE_enum(
    "preset",
    "laptop",
    presets.NAMES,
    "Sizes and default recipe: laptop trains in minutes on 2 CPU cores, study has the "
    "17 million parameters of the study of 2021.",
)
_VECTOR_DIM = flags.DEFINE_integer(
    "vector_dim", 27, "Dimension d of the vectors (cross_encoder has none)."
)
_OBJECTIVE = flags.DEFINE_enum(
    "objective",
    None,
    get_args(experiment_config.ObjectiveName),
    "infonce: CLIP's symmetric loss on one sampled key a query; cross_entropy: softmax "
    "over all keys against one sampled key; *_support: the same against all matching "
    "keys, with less noise. cross_entropy_support by default, which is KL itself but "
    "for a constant.",
)
_MASK_FALSE_NEGATIVES = flags.DEFINE_bool(
    "mask_false_negatives",
    False,
    "For InfoNCE: leave other matching keys of the batch out of the denominators.",
)
_SIMILARITY = flags.DEFINE_enum(
    "similarity",
    "dot",
    get_args(model_config.Similarity),
    "Score of two vectors: inner product, or cosine divided by the temperature.",
)
_TEMPERATURE = flags.DEFINE_float(
    "temperature", 0.07, "The (first) temperature of cosine similarity."
)
_LEARN_TEMPERATURE = flags.DEFINE_bool(
    "learn_temperature", False, "Train the temperature, as CLIP does."
)
_KEY_BIAS = flags.DEFINE_bool("key_bias", False, "Give each two-tower key a bias.")
_ATOMIC = flags.DEFINE_bool(
    "atomic", False, "Embed a card by itself, not as the sum of its attribute values."
)
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", None, "Queries of a step over all replicas; the recipe's by default."
)
_STEPS = flags.DEFINE_integer(
    "steps", None, "Number of steps; the recipe's by default."
)
_LEARNING_RATE = flags.DEFINE_float(
    "learning_rate", None, "Highest learning rate; the recipe's by default."
)
_OPTIMIZER = flags.DEFINE_enum(
    "optimizer",
    None,
    get_args(optimizer_config.OptimizerName),
    "muon: Muon for the matrices of hidden layers, Adam for all else, which learns in "
    "fewer steps; adam: Adam for all. The preset's by default.",
)
_SCHEDULE = flags.DEFINE_enum(
    "schedule",
    "cosine",
    get_args(optimizer_config.ScheduleName),
    "How the learning rate falls after the warm-up.",
)
_CURRICULUM = flags.DEFINE_string(
    "curriculum",
    None,
    "Phases of shorter queries as pairs:steps, such as 1:400,2:400,8:rest; empty for "
    "none, the recipe's by default.",
)
_STREAM = flags.DEFINE_bool(
    "stream", False, "Draw fresh training queries without end, as the study did."
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of weights and batches.")
_PRECISION = flags.DEFINE_enum(
    "precision",
    "float32",
    get_args(experiment_config.Precision),
    "Precision policy; scores and losses are float32 under all.",
)
_STRATEGY = flags.DEFINE_enum(
    "strategy",
    "none",
    get_args(experiment_config.StrategyName),
    "none: one device; mirrored: all devices of this host; multi_worker: several "
    "hosts, named in TF_CONFIG.",
)
_REPLICAS = flags.DEFINE_integer(
    "replicas", None, "Number of replicas; all GPUs, at least one, by default."
)
_EVAL_EVERY = flags.DEFINE_integer(
    "eval_every", None, "Steps from one validation to the next."
)
_CHECKPOINT_EVERY = flags.DEFINE_integer(
    "checkpoint_every", None, "Steps from one checkpoint to the next."
)
_XLA = flags.DEFINE_bool("xla", True, "Compile the step with XLA (one replica only).")


def main(argv: list[str]) -> None:
    """Builds the configuration from the flags and trains."""
    del argv
    strategy = cast(experiment_config.StrategyName, _STRATEGY.value)
    replicas = _REPLICAS.value
    if replicas is None:
        replicas = distribution.count_replicas(strategy)
    model = presets.model(
        _PRESET.value,
        cast(model_config.Family, _MODEL.value),
        vector_dim=_VECTOR_DIM.value,
        atomic=_ATOMIC.value,
        key_bias=_KEY_BIAS.value,
        similarity=_SIMILARITY.value,
        temperature=_TEMPERATURE.value,
        learn_temperature=_LEARN_TEMPERATURE.value,
    )
    config = presets.experiment(
        _PRESET.value,
        _GAME.value,
        model,
        learning_rate=_LEARNING_RATE.value,
        optimizer=cast(optimizer_config.OptimizerName | None, _OPTIMIZER.value),
        schedule=_SCHEDULE.value,
        curriculum=_CURRICULUM.value,
        data_dir=os.path.abspath(os.path.expanduser(_DATA_DIR.value)),
        objective=_OBJECTIVE.value,
        mask_false_negatives=_MASK_FALSE_NEGATIVES.value,
        batch_size=_BATCH_SIZE.value,
        steps=_STEPS.value,
        stream=_STREAM.value,
        seed=_SEED.value,
        precision=_PRECISION.value,
        strategy=strategy,
        replicas=replicas,
        eval_every=_EVAL_EVERY.value,
        checkpoint_every=_CHECKPOINT_EVERY.value,
        xla=_XLA.value,
    )
    measures = experiment.train_and_evaluate(config, _WORKDIR.value)
    print(
        f"{_WORKDIR.value}: validation KL {measures['kl_nats']:.5f} nats, "
        f"top-K overlap {measures['top_k_overlap']:.4f}, "
        f"entropy {measures['entropy_bits']:.3f} bits"
    )


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()

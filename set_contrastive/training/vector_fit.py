"""The vectors of a late interaction model that are trained before what reads queries.

Which vectors score a query's keys best is a question of the game alone. So the keys and
the layers that say a query's vectors are trained on the truth in place of what readouts
will make of it: scores that are the same for all matching keys, and far lower for the
others. That takes no transformer, and therefore a fraction of the time.
"""

import keras
import tensorflow as tf

from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.data import input_pipeline
from set_contrastive.models import late_interaction
from set_contrastive.models.fitted_vectors import VECTORS
from set_contrastive.models.key_embeddings import KEYS
from set_contrastive.models.scorer import Scorer
from set_contrastive.training import schedules

# docs/recipes.md says what was tried.
STEPS = 4000
_BATCH_SIZE = 512
_LEARNING_RATE = 0.02

# Steps of a call: the bar moves as often.
_STEPS_PER_CALL = 100

# By how much a reader's scores of keys that do not match are lower.
_BELOW = 20.0


def fit(
    config: ExperimentConfig,
    num_keys: int,
    source: input_pipeline.Source,
    progress: keras.callbacks.Callback,
) -> keras.Model:
    """Trains the vectors.

    Args:
      config: The experiment.
      num_keys: Number of keys.
      source: Where training queries come from.
      progress: Told of the steps.

    Returns:
      `late_interaction.over_readouts`, trained.
    """
    keras.utils.set_random_seed(config.seed)
    model = late_interaction.over_readouts(num_keys, config.model)
    optimizer = OptimizerConfig("adam", learning_rate=_LEARNING_RATE)
    schedule = schedules.build(optimizer, STEPS)
    model.compile(
        keras.optimizers.Adam(
            schedule,
            beta_2=optimizer.beta_2,
            global_clipnorm=optimizer.clip_norm,
        ),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        steps_per_execution=_STEPS_PER_CALL,
        jit_compile=False,  # Keras refuses XLA where operations are deterministic.
    )
    model.fit(
        batches(source, config.seed),
        shuffle=False,
        steps_per_epoch=STEPS,
        callbacks=[progress],
        verbose=0,
    )
    return model


def batches(source: input_pipeline.Source, seed: int) -> tf.data.Dataset:
    """Returns what readouts will make of queries, and the truth, `[batch, K]` both."""
    phase = input_pipeline.Phase(source, 0, STEPS)
    drawn = input_pipeline.batches(
        phase, seed=seed, start_step=0, batch_size=_BATCH_SIZE
    )

    def to_pair(batch: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        matches = tf.cast(batch["key_mask"], tf.float32)
        truth = matches / tf.reduce_sum(matches, axis=1, keepdims=True)
        return (matches - 1.0) * _BELOW, truth

    return drawn.map(to_pair)


def place(scorer: Scorer, fitted: keras.Model) -> None:
    """Gives a scorer its vectors."""
    for name in (VECTORS, KEYS):
        mine = scorer.all_keys_scorer.get_layer(name).weights
        theirs = fitted.get_layer(name).weights
        for weight, found in zip(mine, theirs, strict=True):
            weight.assign(found)

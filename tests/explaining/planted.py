"""Scorers whose attributions are known on paper, and a run folder of any model."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from set_contrastive.base import whole_files
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.explaining.subject import Subject
from set_contrastive.games import registry
from set_contrastive.models import families
from set_contrastive.models.embeddings import SymbolEmbedding
from set_contrastive.runs import run_folder
from set_contrastive.training import checkpoints

SMALL = {"d_model": 8, "d_ff": 12, "num_heads": 2, "num_layers": 2, "vector_dim": 4}


def linear(game="union_27", power=1):
    """Returns a scorer `(sum over t of <w_k, e_t>) ** power` and `w`, `[d, K]`.

    Its layers have the names by which the embedded symbols are found.
    """
    keras.utils.set_random_seed(5)
    spec = registry.get(game).spec
    query = keras.Input((None,), dtype="int32", name="query")
    states = SymbolEmbedding(spec, 6, False, name="symbols")(query)
    states = keras.layers.Identity(name="query_positions")(states)
    dense = keras.layers.Dense(spec.num_keys, use_bias=False)
    scores = dense(keras.ops.sum(states, axis=1)) ** power
    return keras.Model({"query": query}, scores), dense.kernel.numpy()


def small(family, game="union_27", **fields):
    """Returns a small random scorer of a family."""
    keras.utils.set_random_seed(3)
    config = ModelConfig(family=family, **{**SMALL, **fields})
    return families.build(registry.get(game).spec, config).all_keys_scorer


def subject(model, game="union_27"):
    """Returns a model as what is explained."""
    return Subject(
        "planted",
        None,
        registry.get(game),
        lambda query: model({"query": query}, training=False),
        model,
    )


def told_by_the_game(sign=1.0, game="union_27"):
    """Returns a scorer without gradients: how many pairs cover each key."""
    rules = registry.get(game)

    def scores(query):
        query = query.numpy()
        thirds = rules.deck.third_card(query[:, ::2], query[:, 1::2])
        covering = rules.deck.covered_keys[thirds].sum(axis=1)
        return tf.constant(sign * covering, tf.float32)

    return Subject("the game", None, rules, scores, None)


def run_of(folder, family, game, **fields):
    """Writes a run folder of a random model, as if trained for no step."""
    keras.utils.set_random_seed(3)
    config = ModelConfig(family=family, **{**SMALL, **fields})
    spec = registry.get(game).spec
    (folder / "checkpoints").mkdir(parents=True)
    whole_files.write_json(
        folder / run_folder.CONFIG, ExperimentConfig(game, config).to_dict()
    )
    whole_files.write_json(folder / run_folder.GAME, dataclasses.asdict(spec))
    checkpoints.Checkpoints(
        folder / "checkpoints",
        model=families.build(spec, config).all_keys_scorer,
        step=tf.Variable(0, dtype=tf.int64),
        train_seconds=tf.Variable(0.0, dtype=tf.float64),
    ).save(0)
    return str(folder)


def draw(game, n, seed=0):
    """Returns queries and a key of each that matches."""
    rules = registry.get(game)
    queries = rules.sample(np.random.default_rng(seed), n)
    return queries, rules.answer(queries).argmax(axis=1)

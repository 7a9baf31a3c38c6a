"""Batches of queries that are numbers, or are drawn fresh, as NumPy arrays."""

import numpy as np

from set_contrastive.data import input_pipeline
from set_contrastive.data.input_pipeline import FreshQueries
from set_contrastive.data.input_pipeline import PreparedQueries
from set_contrastive.data.prepared_data import Split
from set_contrastive.games import registry

BATCH_SIZE = 8
NUM_QUERIES = 50  # No multiple of the batch size: batches span two epochs.
GAME = registry.get("union_27")


def numbered_split():
    """A split whose only symbol is the query's number, and random masks."""
    key_mask = np.random.default_rng(0).random((NUM_QUERIES, 27)) < 0.3
    key_mask[:, 5] = True
    return Split(np.arange(NUM_QUERIES, dtype=np.int32)[:, None], key_mask)


PREPARED = PreparedQueries(numbered_split())
FRESH = FreshQueries(GAME)


def elements(phase, start_step=None, **arguments):
    """All elements of a phase's batches as NumPy arrays."""
    dataset = input_pipeline.batches(
        phase,
        **{
            "seed": 0,
            "start_step": phase.first_step if start_step is None else start_step,
            "batch_size": BATCH_SIZE,
            **arguments,
        },
    )
    return list(dataset.as_numpy_iterator())


def joined(parts):
    """Batches of all parts, one after the other."""
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in ("query", "key_mask", "key")
    }

"""The keys of a two-tower whose query vectors are solved for.

Which keys are best is then a question of the game alone, not of what reads its queries:
those of the least KL over queries whose truth is known (free_vectors/search.py). They
are searched before training, which leaves them where they are.
"""

from collections.abc import Callable

import threadpoolctl

from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import floor
from set_contrastive.free_vectors import search
from set_contrastive.free_vectors.queries import Keys
from set_contrastive.games import distinct_subsets
from set_contrastive.games.game import KeyMask
from set_contrastive.models.key_embeddings import KEYS
from set_contrastive.models.scorer import Scorer

# Queries of the training split that are taken, and of these those that are searched on;
# the best keys of some searches are then refined on all.
NUM_QUERIES = 2**14
_SEARCHED = 2**12

# Searches; one alone where keys have so many free numbers that it takes minutes.
_SEARCHES, _MANY = 3, 500


def needed(scorer: Scorer) -> bool:
    """Whether a scorer has keys that are searched.

    With as many dimensions as keys any that are independent serve, as those do that a
    model starts with.
    """
    if not scorer.trains_readouts_alone:
        return False
    num_keys, dim = scorer.all_keys_scorer.get_layer(KEYS).vectors.shape
    return bool(dim < num_keys)


def settings(num_keys: int, dim: int, seed: int) -> search.Settings:
    """Returns how keys are searched."""
    free = (dim + 1) * (num_keys - 1 - dim)  # All but linear maps and shifts of keys.
    return search.Settings(restarts=1 if free > _MANY else _SEARCHES, seed=seed)


def find(
    key_mask: KeyMask,
    dim: int,
    how: search.Settings,
    on_stage: Callable[[search.Stage], None] = lambda _: None,
) -> Keys:
    """Returns the best keys of some searches.

    Args:
      key_mask: Which keys match each of some queries, bool `[n, K]`.
      dim: Dimension of the vectors, less than K.
      how: Searches them.
      on_stage: Called after each ridge of each search.

    Raises:
      UserError: If there are too many keys to search.
    """
    num_keys = key_mask.shape[1]
    if num_keys > floor.MAX_KEYS:
        raise UserError(
            f"query_vector=solved takes at most {floor.MAX_KEYS} keys, got {num_keys}; "
            "query_vector=learned takes any number"
        )
    every = distinct_subsets.of_masks(key_mask, whole=False)
    some = distinct_subsets.part(every, _SEARCHED)
    # Matrices are small: threads gain little, and where cells of a sweep train side by
    # side they wait for each other.
    with threadpoolctl.threadpool_limits(1):
        ends = [
            search.search(some, dim, restart, how, on_stage)
            for restart in range(how.restarts)
        ]
        best = min(ends, key=lambda end: end.kl_nats)
        return search.refine(best.keys, every, how)


def place(scorer: Scorer, keys: Keys) -> None:
    """Gives a scorer its keys."""
    table = scorer.all_keys_scorer.get_layer(KEYS)
    table.vectors.assign(keys.vectors)
    table.biases.assign(keys.biases)

"""How many processes have room side by side."""

import os

from set_contrastive.advisor import several
from set_contrastive.advisor.inputs import Inputs

# Bytes that processes side by side may hold, and what each holds beside arrays.
_MEMORY, _EACH = 5.5e9, 5e8


def parallel(inputs: Inputs) -> int | None:
    """Returns how many have room for their vectors; None for one for each core."""
    config, collection = inputs.config, inputs.collection
    most = max(config.vectors_per_document, default=0)
    if config.parallel or (collection is None and not most):
        return config.parallel
    each = _EACH + several.memory(inputs.trained.mask.size, most)
    if collection is not None:
        each += 4 * collection.documents.size  # float32
    fitting = max(int(_MEMORY // each), 1)
    return min(fitting, len(os.sched_getaffinity(0)))

"""Sizes that several families share."""

from typing import Any

from set_contrastive.configs import recipes
from set_contrastive.models.family import Preset

# What a cross-encoder has too: 2 layers read the query, then 2 the readouts.
READER: dict[str, Any] = {
    "d_model": 64,
    "d_ff": 88,
    "num_heads": 2,
    "num_layers": 4,
    "num_readout_layers": 2,
    "merge_blocks": True,
}

# Families that read the query by itself, with the encoder of query_encoder.py.
READS_QUERY_ALONE = {
    # The cross-encoder's reader, and wide layers that make a vector of what it reads.
    "laptop": Preset(
        {
            **READER,
            "symbol_init": "orthogonal",
            "readouts": "keys",
            "num_head_layers": 4,
            "d_head": 256,
            "vector_gain": 6.0,
        },
        recipes.LAPTOP_QUERY_ALONE,
    ),
    # A few positions read the query together, and need depth after it is read whole.
    "light": Preset(
        {
            "d_model": 64,
            "d_ff": 256,
            "num_heads": 2,
            "num_layers": 5,
            "num_readout_layers": 2,
            "num_readouts": 8,
            "merge_blocks": True,
        },
        recipes.LIGHT_QUERY_ALONE,
    ),
    # The 17 million parameters of the study of 2021.
    "study": Preset(
        {"d_model": 512, "d_ff": 1024, "num_heads": 8, "num_layers": 8},
        recipes.STUDY,
    ),
}

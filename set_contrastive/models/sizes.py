"""Sizes that several families share."""

from set_contrastive.configs import recipes
from set_contrastive.models.family import Preset

# Families that read the query by itself, with the encoder of query_encoder.py.
READS_QUERY_ALONE = {
    # A few positions read the query together, and need depth after it is read whole.
    "laptop": Preset(
        {
            "d_model": 64,
            "d_ff": 256,
            "num_heads": 2,
            "num_layers": 5,
            "num_readout_layers": 2,
            "num_readouts": 8,
            "merge_blocks": True,
        },
        recipes.LAPTOP_QUERY_ALONE,
    ),
    # The 17 million parameters of the study of 2021.
    "study": Preset(
        {"d_model": 512, "d_ff": 1024, "num_heads": 8, "num_layers": 8},
        recipes.STUDY,
    ),
}

"""Frozen configuration of a scorer's architecture."""

import dataclasses
from typing import Literal

from set_contrastive.base.errors import UserError
from set_contrastive.configs.checks import check_at_least
from set_contrastive.configs.checks import check_types

Similarity = Literal["dot", "cosine"]
SymbolInit = Literal["scaled", "unit", "orthogonal"]
KeyInit = Literal["uniform", "normal", "word2vec", "orthogonal"]
Readouts = Literal["learned", "keys"]
QueryVector = Literal["learned", "solved", "fitted"]
Aggregate = Literal["max_sim", "mean_max_sim", "sum", "smooth"]


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Architecture of a scorer."""

    # Family of models.
    family: str = dataclasses.field(metadata={"flag": "model"})
    # Dimension d of a query or key vector, for families that have vectors.
    vector_dim: int = 27
    # Width of the transformer.
    d_model: int = 64
    # Width of the transformer's feed-forward layers.
    d_ff: int = 128
    # Number of attention heads.
    num_heads: int = 2
    # Number of layers of the transformer.
    num_layers: int = 2
    # How many of the layers, the last ones, change what is read of the query only.
    num_readout_layers: int = 1
    # What reads the query, for families that read it alone. learned: num_readouts
    # learned positions; keys: one for each key, embedded as that card, as in a
    # cross-encoder. In training each of those also scores its key, and that loss is
    # added.
    readouts: Readouts = "learned"
    # How many learned positions read the query.
    num_readouts: int = 1
    # Where vectors are from. learned: a network says the query's, and a
    # table of keys learns with it; solved: the keys are searched before training, as
    # the least KL is, and Newton's method finds the vector that scores them most nearly
    # as their readouts do; fitted, for late interaction: the keys and the layers from
    # the readouts' scores to the query's vectors are trained first and by themselves,
    # on which keys match. Both take readouts=keys and similarity=dot.
    query_vector: QueryVector = "learned"
    # Residual layers between all that was read and the query's vectors.
    num_head_layers: int = 0
    # Width of these layers.
    d_head: int = 256
    # Learned vectors are this times their weights, which start as much smaller; under
    # Adam they so learn as much faster than what reads the query.
    vector_gain: float = 1.0
    # Whether the symbols of a block of the query are merged into one position.
    merge_blocks: bool = False
    # Whether a symbol's embedding leaves out those of its attribute values.
    atomic: bool = False
    # How symbols start. scaled: N(0, 1 / d_model), about unit vectors; unit: N(0, 1);
    # orthogonal: orthogonal unit vectors of attribute values, and little of its own.
    symbol_init: SymbolInit = "scaled"
    # How key vectors start. uniform: U(-1 / sqrt(d), 1 / sqrt(d)), as in the study of
    # 2021; normal: N(0, 1 / d); word2vec: U(-1 / (2 d), 1 / (2 d)); orthogonal: unit
    # vectors at right angles, or such columns where there are more keys than d.
    key_init: KeyInit = "uniform"
    # Whether a key that has vectors has a bias of its own.
    key_bias: bool = False
    # Product of two vectors: inner product, or cosine divided by the temperature.
    similarity: Similarity = "dot"
    # The temperature of cosine similarity, or its first value if it is trained.
    temperature: float = 0.07
    # Whether the temperature is trained, as CLIP does.
    learn_temperature: bool = False
    # Vectors of a query of a late interaction model, each of as many of its readouts.
    query_vectors: int = 1
    # Vectors of a key of a late interaction model.
    key_vectors: int = 1
    # Score of several vectors. max_sim: each query vector's best key vector, summed;
    # mean_max_sim: their mean; smooth: max_sim with a logsumexp, which all key vectors
    # learn from; sum: all products summed, which is one vector, the sum of all.
    aggregate: Aggregate = "max_sim"
    # Temperature of the logsumexp of the aggregate smooth; max_sim at 0.
    smooth_temperature: float = 1.0

    def __post_init__(self) -> None:
        check_types(self)
        check_at_least(
            self,
            1,
            "vector_dim",
            "d_model",
            "d_ff",
            "num_heads",
            "num_layers",
            "num_readouts",
            "d_head",
            "query_vectors",
            "key_vectors",
        )
        check_at_least(self, 0, "num_head_layers")
        if not 1 <= self.num_readout_layers <= self.num_layers:
            raise UserError(
                f"num_readout_layers must be 1 to num_layers={self.num_layers}, "
                f"got {self.num_readout_layers}"
            )
        if self.d_model % self.num_heads:
            raise UserError(
                f"d_model must be a multiple of num_heads={self.num_heads}, "
                f"got {self.d_model}"
            )
        of_readouts = self.readouts == "learned"
        if of_readouts and self.num_readouts % self.query_vectors:
            raise UserError(
                "num_readouts must be a multiple of "
                f"query_vectors={self.query_vectors}, got {self.num_readouts}"
            )
        if self.query_vector != "learned":
            for name, needed in (
                ("readouts", "keys"),
                ("similarity", "dot"),
                ("key_init", "uniform"),  # It is not taken; none is to think it is.
            ):
                if getattr(self, name) != needed:
                    raise UserError(
                        f"query_vector={self.query_vector} needs {name}={needed}, got "
                        f"{getattr(self, name)}; query_vector=learned takes any"
                    )
        for name in ("temperature", "smooth_temperature", "vector_gain"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} must be above 0, got {getattr(self, name)}")

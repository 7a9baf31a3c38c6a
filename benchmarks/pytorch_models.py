"""The laptop's and the study's models in PyTorch, for a fair comparison of speed.

Same sizes, parameters, loss and optimizers as this project's models. The peer has every
advantage that PyTorch offers: fused attention, embedding look-ups, and no mask, since
the queries that are timed have no padding.
"""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from set_contrastive.configs.model_config import ModelConfig
from set_contrastive.games.game import GameSpec

# As in set_contrastive/models/query_encoder.py.
_PER_KEY = 8


class Attention(nn.Module):
    """Multi-head attention without biases."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        width = config.d_model
        self.heads = config.num_heads
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.projection = nn.Linear(width, width, bias=False)

    def forward(self, states: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """Attends."""
        q = self._split(self.query(states))
        k, v = map(self._split, self.key_value(memory).chunk(2, dim=-1))
        q = q.expand(len(memory), -1, -1, -1)  # One row reads for all.
        read = functional.scaled_dot_product_attention(q, k, v)
        return self.projection(read.transpose(1, 2).flatten(2))

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Block(nn.Module):
    """Pre-norm block."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.attention = Attention(config)
        self.attention_norm = nn.LayerNorm(config.d_model, eps=1e-3)
        self.dense_norm = nn.LayerNorm(config.d_model, eps=1e-3)
        self.inner = nn.Linear(config.d_model, config.d_ff)
        self.outer = nn.Linear(config.d_ff, config.d_model)

    def forward(
        self, states: torch.Tensor, memory: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Runs the block."""
        normed = self.attention_norm(states)
        seen = normed if memory is None else memory
        states = states + self.attention(normed, seen)
        inner = functional.relu(self.inner(self.dense_norm(states)))
        return states + self.outer(inner)


class Head(nn.Module):
    """Residual layers over all that was read."""

    def __init__(self, width_in: int, config: ModelConfig):
        super().__init__()
        self.enter = nn.Linear(width_in, config.d_head)
        layers = range(config.num_head_layers)
        self.dense = nn.ModuleList([nn.Linear(*[config.d_head] * 2) for _ in layers])
        self.norms = nn.ModuleList([nn.LayerNorm(config.d_head, 1e-3) for _ in layers])
        self.norm = nn.LayerNorm(config.d_head, eps=1e-3)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Runs the layers."""
        states = self.enter(states)
        for norm, dense in zip(self.norms, self.dense, strict=True):
            states = states + functional.gelu(dense(norm(states)))
        return self.norm(states)


class Scorer(nn.Module):
    """Two-tower or cross-encoder: `query [B, T]` to `scores [B, K]`.

    A cross-encoder that is given keys `[B]` returns one score a query, `[B, 1]`.
    """

    def __init__(self, spec: GameSpec, config: ModelConfig):
        super().__init__()
        width, length = config.d_model, spec.query_length
        self.config = config
        self.merged = spec.block_length if config.merge_blocks else 1
        table = np.array(spec.attribute_table)
        has_value = np.zeros((len(table), table.max() + 1), np.float32)
        for column in table.T:
            has_value[np.arange(len(table)), column] = 1.0
        self.register_buffer("has_value", torch.tensor(has_value[:, 1:]))
        self.register_buffer("key_symbols", torch.tensor(spec.key_symbols))
        self.own = _normal(len(spec.vocabulary), width)
        self.value = _normal(table.max(), width)
        if self.merged > 1:
            self.merge = nn.Linear(self.merged * width, width)
        per_block = spec.block_length // self.merged
        self.block = _normal(-(-length // spec.block_length), width)
        self.place = _normal(per_block, width)
        self.start = _normal(width)
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.num_layers)])
        self.query_norm = nn.LayerNorm(width, eps=1e-3)
        self.norm = nn.LayerNorm(width, eps=1e-3)
        self.has_vectors = config.family == "two_tower"
        self.reads_by_key = not self.has_vectors or config.readouts == "keys"
        if self.reads_by_key:
            self.key_position = _normal(width)
        else:
            self.readouts = _normal(config.num_readouts, width)
        if self.has_vectors:
            self._add_vectors(spec.num_keys, config)
        else:
            self.score = nn.Linear(width, 1, bias=False)

    def _add_vectors(self, num_keys: int, config: ModelConfig) -> None:
        read = config.num_readouts * config.d_model
        if self.reads_by_key:
            self.per_key = nn.Linear(config.d_model, _PER_KEY)
            read = num_keys * _PER_KEY
        if config.num_head_layers:
            self.head = Head(read, config)
            read = config.d_head
        self.vector = nn.Linear(read, config.vector_dim)
        self.keys = _normal(num_keys, config.vector_dim)

    def forward(
        self, query: torch.Tensor, key: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Scores all keys, or one."""
        return self.trained(query, key)[0]

    def trained(
        self, query: torch.Tensor, key: torch.Tensor | None = None
    ) -> list[torch.Tensor]:
        """Returns the scores, and those of the readouts if they are trained beside."""
        table = self.own + self.has_value @ self.value
        states = functional.embedding(query, table)
        if self.merged > 1:
            states = functional.pad(states, (0, 0, -query.shape[1] % self.merged, 0))
            states = self.merge(states.unflatten(1, (-1, self.merged)).flatten(2))
        positions = (self.block[:, None] + self.place).flatten(0, 1)
        states = states + positions[: states.shape[1]]
        batch = len(query)
        states = torch.cat([self.start.expand(batch, 1, -1), states], dim=1)
        first_readout = self.config.num_layers - self.config.num_readout_layers
        for block in self.blocks[:first_readout]:
            states = block(states)
        memory = self.query_norm(states)
        if not self.reads_by_key:
            readouts = self.readouts[None]
        else:
            keys = functional.embedding(self.key_symbols, table) + self.key_position
            readouts = keys[None] if key is None else keys[key, None]
        for block in self.blocks[first_readout:]:
            readouts = block(readouts, memory)
        read = self.norm(readouts)
        if not self.has_vectors:
            return [self.score(read)[..., 0]]
        beside = []
        if self.reads_by_key:
            read = self.per_key(read)
            beside = [read[..., 0]]
        read = read.flatten(1)
        if self.config.num_head_layers:
            read = self.head(read)
        gain = self.config.vector_gain
        return [gain * self.vector(read) @ (gain * self.keys.T), *beside]


def _normal(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape) / shape[-1] ** 0.5)


def loss(trained: list[torch.Tensor], key_mask: torch.Tensor) -> torch.Tensor:
    """Softmax cross-entropy against the whole subset of matching keys, summed."""
    target = key_mask / key_mask.sum(dim=1, keepdim=True)
    losses = [
        -(target * functional.log_softmax(scores, dim=1)).sum(dim=1).mean()
        for scores in trained
    ]
    return torch.stack(losses).sum()


def optimizers(model: nn.Module, muon: bool, rate: float) -> list[Any]:
    """Returns Adam, or Muon for the matrices of hidden layers and Adam for all else."""
    inner = ("blocks.", "merge.", "head.")
    hidden, others = [], []
    for name, parameter in model.named_parameters():
        is_hidden = name.startswith(inner) and parameter.ndim == 2
        (hidden if muon and is_hidden else others).append(parameter)
    found: list[Any] = [torch.optim.Adam(others, rate, betas=(0.9, 0.98))]
    if hidden:
        found.append(torch.optim.Muon(hidden, rate, weight_decay=0.0))
    return found

"""Look-up tables of the keys of models that have vectors of them."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from set_contrastive.base.choices import choose


def uniform(dim: int) -> keras.initializers.Initializer:
    """U(-sqrt(1/d), sqrt(1/d)), as in the study of 2021."""
    return keras.initializers.RandomUniform(-(dim**-0.5), dim**-0.5)


def normal(dim: int) -> keras.initializers.Initializer:
    """N(0, 1/d), so that vectors have length 1 in the mean."""
    return keras.initializers.RandomNormal(stddev=dim**-0.5)


def word2vec(dim: int) -> keras.initializers.Initializer:
    """U(-1/(2 d), 1/(2 d)), as the program word2vec has it."""
    return keras.initializers.RandomUniform(-0.5 / dim, 0.5 / dim)


def orthogonal(dim: int) -> keras.initializers.Initializer:
    """Orthogonal unit vectors; with fewer dimensions than keys, orthogonal columns."""
    del dim
    return keras.initializers.Orthogonal()


INITS: dict[str, Callable[[int], keras.initializers.Initializer]] = {
    "uniform": uniform,
    "normal": normal,
    "word2vec": word2vec,
    "orthogonal": orthogonal,
}


# What models call their table.
KEYS = "keys"


class AllKeys(keras.layers.Layer):
    """The numbers of all keys, int32 `[K]`, whatever the input.

    Args:
      num_keys: Number of keys, `K`.
      **kwargs: `name` and `dtype` of the layer.
    """

    def __init__(self, num_keys: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_keys = num_keys

    def call(self, query: Any) -> Any:
        """Returns the numbers; `query` only ties them to the model's graph."""
        del query
        return ops.arange(self.num_keys, dtype="int32")


class KeyEmbedding(keras.layers.Layer):
    """Look-up table of key vectors, and of key biases, which start as zero.

    Args:
      num_keys: Number of keys, `K`.
      vector_dim: Dimension of the vectors, `d`.
      use_bias: Whether a key has a bias; without, all are zero.
      per_key: Number of vectors of a key, `m`.
      init: How vectors start: a name of `INITS`.
      gain: Vectors are this times their weights, which start as much smaller.
      **kwargs: `name`, `dtype` and `trainable` of the layer.

    Call arguments:
      keys: int32 `[n]`.

    Returns:
      Vectors `[n, m d]`, those of a key one after the other, and biases `[n]`.
    """

    def __init__(
        self,
        num_keys: int,
        vector_dim: int,
        use_bias: bool,
        per_key: int = 1,
        init: str = "uniform",
        gain: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.per_key = per_key
        self.num_keys = num_keys
        self.vector_dim = vector_dim
        self.use_bias = use_bias
        self.init = init
        self.gain = gain

    def build(self, *_: Any) -> None:
        """Creates the tables."""
        first = choose("key_init", self.init, INITS)(self.vector_dim)
        self.vectors = self.add_weight(
            (self.num_keys, self.per_key * self.vector_dim),
            lambda shape, dtype: first(shape, dtype) / self.gain,
            name="vectors",
        )
        if self.use_bias:
            self.biases = self.add_weight((self.num_keys,), "zeros", name="biases")

    def call(self, keys: Any) -> Any:
        """Looks the keys up."""
        vectors = ops.take(self.vectors, keys, axis=0) * self.gain
        if not self.use_bias:
            return vectors, ops.zeros_like(vectors[..., 0])
        return vectors, ops.take(self.biases, keys, axis=0)

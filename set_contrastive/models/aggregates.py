"""Scores of several vectors, from the products of each two of them."""

from typing import Any

from keras import ops

from set_contrastive.configs.model_config import ModelConfig


def score_all(query_vectors: Any, all_vectors: Any, config: ModelConfig) -> Any:
    """Returns the scores of all keys, `[B, K]`.

    Args:
      query_vectors: `[B, m_q, D]`.
      all_vectors: Those of the keys, `[K, m_k, D]`.
      config: The model's configuration.
    """
    num_keys, m_k, dim = all_vectors.shape
    rows = ops.reshape(all_vectors, (num_keys * m_k, dim))
    # [B, m_q, K m_k], then the query's vectors beside the key's.
    products = ops.reshape(
        ops.matmul(query_vectors, ops.transpose(rows)),
        (-1, config.query_vectors, num_keys, m_k),
    )
    return aggregate(ops.transpose(products, (0, 2, 1, 3)), config)


def aggregate(products: Any, config: ModelConfig) -> Any:
    """Returns the scores `[...]` of products `[..., m_q, m_k]`."""
    if config.aggregate == "sum":
        return ops.sum(products, axis=(-2, -1))
    if config.aggregate == "smooth":
        scaled = products / config.smooth_temperature
        best = ops.logsumexp(scaled, axis=-1) * config.smooth_temperature
    else:
        best = ops.max(products, axis=-1)
    if config.aggregate == "mean_max_sim":
        return ops.mean(best, axis=-1)
    return ops.sum(best, axis=-1)


def bias_share(config: ModelConfig) -> float:
    """Returns what each query vector has where a key's vectors have its bias."""
    counted = {
        "mean_max_sim": 1,
        "sum": config.query_vectors * config.key_vectors,
    }
    return 1.0 / counted.get(config.aggregate, config.query_vectors)

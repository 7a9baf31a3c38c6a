"""Tests of the embeddings of symbols."""

import numpy as np
import pytest

from set_contrastive.games import registry
from set_contrastive.models.embeddings import SymbolEmbedding

SPEC = registry.get("union_27").spec


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
@pytest.mark.parametrize("atomic", [False, True])
def test_a_symbol_is_the_sum_of_its_parts_in_training_and_after(atomic, dtype):
    layer = SymbolEmbedding(SPEC, 8, atomic, init="unit", dtype=dtype)
    symbols = np.arange(len(SPEC.vocabulary), dtype=np.int32).reshape(1, -1)[:, ::-1]
    after = np.array(layer(symbols))
    expected = layer.parts().astype(np.float64).sum(axis=1)[symbols]
    tolerance = 1e-6 if dtype == "float32" else 4e-3
    np.testing.assert_allclose(after, expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(layer(symbols, training=True), after)

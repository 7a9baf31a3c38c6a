"""Other runtimes for benchmarks/serving.py: each scores queries `[B, T]`."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig

_PAIRS = 32  # The default of CrossEncoder.predict.


def onnx_runtime(model: Any, game: Any) -> Callable[[Any], Any]:
    """Returns score_all of a SavedModel, converted by tf2onnx, in ONNX Runtime.

    Raises:
      UserError: If one of the packages is missing.
    """
    try:
        import onnxruntime
        import tf2onnx
    except ImportError as error:
        raise UserError(
            f"--peers needs pip install 'set_contrastive[peer]' ({error})"
        ) from error
    function = model.signatures["score_all"]
    converted, _ = tf2onnx.convert.from_function(
        tf.function(lambda query: function(query=query)),
        [tf.TensorSpec((None, game.spec.query_length), tf.int32, name="query")],
        opset=17,
    )
    options = onnxruntime.SessionOptions()
    # Its threads would spin into the next contender's turn.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(converted.SerializeToString(), options)
    return lambda queries: session.run(["scores"], {"query": queries})[0]


def pytorch(game: Any, config: ModelConfig) -> Callable[[Any], Any]:
    """Returns a cross-encoder of the same size that scores pair by pair in PyTorch."""
    import torch

    from benchmarks import pytorch_models

    model = pytorch_models.Scorer(game.spec, config).eval()
    num_keys = game.spec.num_keys

    def predict(queries: Any) -> Any:
        pairs = torch.tensor(queries).repeat_interleave(num_keys, dim=0)
        keys = torch.arange(num_keys).repeat(len(queries))
        with torch.no_grad():
            scores = [
                model(pairs[start : start + _PAIRS], keys[start : start + _PAIRS])
                for start in range(0, len(pairs), _PAIRS)
            ]
        return torch.cat(scores).reshape(len(queries), num_keys).numpy()

    return predict

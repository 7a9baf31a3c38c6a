"""Other runtimes for benchmarks of serving: each scores queries `[B, T]`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.model_config import ModelConfig

_PAIRS = 32  # The default of CrossEncoder.predict.


def to_onnx(model: Any, game: Any) -> bytes:
    """Returns score_all of a SavedModel, converted by tf2onnx.

    Raises:
      UserError: If the package is missing.
    """
    try:
        import tf2onnx
    except ImportError as error:
        raise _missing(error) from error
    function = model.signatures["score_all"]
    converted, _ = tf2onnx.convert.from_function(
        tf.function(lambda query: function(query=query)),
        [tf.TensorSpec((None, game.spec.query_length), tf.int32, name="query")],
        opset=17,
        custom_op_handlers={"Erfc": (_erfc, [])},
    )
    serialized: bytes = converted.SerializeToString()
    return serialized


def _erfc(graph: Any, node: Any, *_: Any) -> None:
    """Puts 1 - Erf in place of Erfc, of GELU, which ONNX lacks."""
    name, outputs = node.name, list(node.output)
    (shape,), (dtype,) = node.output_shapes, node.output_dtypes
    graph.remove_node(name)
    error = graph.make_node("Erf", node.input, shapes=[shape], dtypes=[dtype])
    one = graph.make_const(f"{name}_one", np.ones((), np.float32))
    graph.make_node(
        "Sub",
        [one.output[0], error.output[0]],
        name=name,
        outputs=outputs,
        shapes=[shape],
        dtypes=[dtype],
    )


def onnx_runtime(onnx: bytes, threads: int = 0) -> Callable[[Any], Any]:
    """Returns score_all in ONNX Runtime.

    Args:
      onnx: What `to_onnx` returns.
      threads: Threads of an op; 0 for one a core.

    Raises:
      UserError: If the package is missing.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise _missing(error) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Its threads would spin into the next contender's turn.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(onnx, options)
    return lambda queries: session.run(["scores"], {"query": queries})[0]


def _missing(error: ImportError) -> UserError:
    return UserError(f"peers need pip install 'set_contrastive[peer]' ({error})")


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

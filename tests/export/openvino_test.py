"""Exported scorers in OpenVINO, a runtime that shares no code with TensorFlow."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import convert_to_constants

from set_contrastive.games import registry

openvino = pytest.importorskip("openvino", reason="the extra openvino is missing")
frontend = pytest.importorskip("openvino.frontend.tensorflow", reason="as above")

_QUERIES = registry.get("union_27").sample(np.random.default_rng(5), 6)
_INPUTS = {"query": _QUERIES, "key": np.array([0, 26, 1, 2, 3, 4], np.int32)}
_NUMERIC = ("serving_default", "score_all", "encode_query", "encode_key")


class _MatrixSolve(openvino.Op):
    """TensorFlow's MatrixSolve, which solves for vectors and OpenVINO lacks."""

    def __init__(self, inputs=None):
        super().__init__(self, inputs)

    def validate_and_infer_types(self):
        shape = self.get_input_partial_shape(1)
        self.set_output_type(0, self.get_input_element_type(1), shape)

    def clone_with_new_inputs(self, new_inputs):
        return _MatrixSolve(new_inputs)

    def evaluate(self, outputs, inputs):
        matrices, right = (each.data.astype(np.float64) for each in inputs)
        outputs[0].shape = right.shape
        outputs[0].data[...] = np.linalg.solve(matrices, right)
        return True

    def has_evaluate(self):
        return True


def _core():
    core = openvino.Core()
    core.add_extension(
        frontend.ConversionExtension(
            "MatrixSolve",
            lambda node: _MatrixSolve([node.get_input(0), node.get_input(1)]).outputs(),
        )
    )
    core.add_extension(_MatrixSolve)
    return core


def _run(path):
    core = _core()
    model = core.read_model(str(path))
    # By default it multiplies in bfloat16 where the processor can.
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(model, "CPU", exact)
    inputs = [_INPUTS[_place(each)] for each in model.inputs]
    return list(compiled(inputs).values())


def _place(port):
    return port.get_any_name().partition(":")[0]


@pytest.mark.parametrize(
    "family", ["two_tower", "solved", "cross_encoder", "late_interaction", "fitted"]
)
def test_openvino_reads_the_folder_itself(exported, family):
    version = exported[family]
    (found,) = _run(version)
    python = tf.saved_model.load(str(version))
    inputs = {key: tf.constant(values) for key, values in _INPUTS.items()}
    expected = python.signatures["serving_default"](**inputs)["score"]
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    "family", ["two_tower", "solved", "cross_encoder", "late_interaction", "fitted"]
)
def test_openvino_agrees_on_the_numeric_signatures(exported, family, tmp_path):
    python = tf.saved_model.load(str(exported[family]))
    signatures = python.signatures
    numeric = set(_NUMERIC) & set(signatures)
    assert len(numeric) == (2 if family == "cross_encoder" else 4)
    for name in sorted(numeric):
        # OpenVINO reads serving_default only; others go through a frozen graph.
        frozen = convert_to_constants.convert_variables_to_constants_v2(
            signatures[name]
        )
        path = tf.io.write_graph(
            frozen.graph.as_graph_def(), str(tmp_path), f"{name}.pb", as_text=False
        )
        placeholders = [tensor.name.partition(":")[0] for tensor in frozen.inputs]
        found = _run(path)
        inputs = {key: tf.constant(_INPUTS[key]) for key in placeholders}
        expected = [values.numpy() for values in signatures[name](**inputs).values()]
        assert len(found) == len(expected)
        # Names are lost on the way, so each output is told by its values: one of each.
        places = [
            [
                place
                for place, values in enumerate(found)
                if values.shape == wanted.shape and abs(values - wanted).max() < 1e-4
            ]
            for wanted in expected
        ]
        assert sorted(places) == [[place] for place in range(len(expected))]
        assert all(wanted.std() > 0 for wanted in expected)

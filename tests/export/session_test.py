"""Exported scorers in the C++ session of TensorFlow, and in its command-line tool."""

import ctypes
import itertools
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.core.protobuf import saved_model_pb2

from set_contrastive.games import registry

_WHEEL = pathlib.Path(tf.sysconfig.get_lib())
_GAME = registry.get("union_27")
_QUERIES = _GAME.sample(np.random.default_rng(3), 5)
_INPUTS = {
    "serving_default": {"query": _QUERIES, "key": np.array([0, 26, 3, 4, 5], np.int32)},
    "score_all": {"query": _QUERIES},
    "rank": {"query": _QUERIES},
    "score_text": {"query": np.array([_GAME.format(query) for query in _QUERIES])},
    "rank_text": {"query": np.array([_GAME.format(query) for query in _QUERIES])},
    "encode_query": {"query": _QUERIES},
    "encode_key": {"key": np.array([0, 26, 3], np.int32)},
}
_TYPES = {tf.int32.as_datatype_enum: np.int32, tf.float32.as_datatype_enum: np.float32}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The C program, linked with the libraries of the TensorFlow wheel."""
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler: gcc is not installed")
    path = tmp_path_factory.mktemp("c") / "session_run"
    source = pathlib.Path(__file__).with_name("session_run.c")
    libraries = [_WHEEL / f"libtensorflow_{name}.so.2" for name in ("cc", "framework")]
    subprocess.run(
        ["gcc", "-std=gnu11", "-Wall", "-Werror", "-I", tf.sysconfig.get_include()]
        + [source, "-o", path, *libraries, f"-Wl,-rpath,{_WHEEL}"],
        check=True,
    )
    return path


def _meta_graph(version):
    proto = saved_model_pb2.SavedModel.FromString(
        (version / "saved_model.pb").read_bytes()
    )
    (graph,) = proto.meta_graphs
    return graph


def _signatures(version):
    found = dict(_meta_graph(version).signature_def)
    found.pop("__saved_model_init_op")
    return found


def _request(signature, inputs):
    """Returns what the C program reads."""
    lines = [len(inputs)]
    for name, values in inputs.items():
        tensor = signature.inputs[name]
        lines += [tensor.name.replace(":", " "), f"{tensor.dtype} {values.ndim}"]
        lines += [*values.shape, *values.flatten()]
    outputs = [output.name.replace(":", " ") for output in signature.outputs.values()]
    return "\n".join(map(str, [*lines, len(outputs), *outputs]))


def _ask(program, version, questions):
    """Returns the outputs by name of each question, or what is wrong with it."""
    signatures = _signatures(version)
    done = subprocess.run(
        [program, version],
        input="\n".join(_request(signatures[name], i) for name, i in questions),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = iter(done.stdout.splitlines())
    return [_answer(lines, signatures[name].outputs) for name, _ in questions]


def _answer(lines, names):
    state = next(lines)
    if state != "ok":
        return state
    found = {}
    for name in names:
        kind, _, *shape = map(int, next(lines).split())
        values = list(itertools.islice(lines, int(np.prod(shape))))
        found[name] = np.array(values, _TYPES.get(kind)).reshape(shape)
    return found


@pytest.mark.parametrize(
    "family", ["two_tower", "solved", "cross_encoder", "late_interaction", "fitted"]
)
def test_the_session_of_serving_gives_the_scores_of_python(exported, program, family):
    version = exported[family]
    model = tf.saved_model.load(str(version))
    names = set(model.signatures)
    assert set(_signatures(version)) == names
    assert set(_INPUTS) - names == (
        {"encode_query", "encode_key"} if family == "cross_encoder" else set()
    )
    questions = [(name, _INPUTS[name]) for name in sorted(names)]
    answers = _ask(program, version, questions)
    for (name, inputs), found in zip(questions, answers, strict=True):
        given = {key: tf.constant(values) for key, values in inputs.items()}
        expected = model.signatures[name](**given)
        assert isinstance(found, dict) and set(found) == set(expected), found
        for output, values in expected.items():
            if values.dtype == tf.float32:
                assert values.numpy().std() > 0
                np.testing.assert_allclose(found[output], values, atol=1e-5)
            else:
                same = found[output] == values.numpy().astype(found[output].dtype)
                assert same.all()


def test_the_session_refuses_what_is_no_query_and_names_it(exported, program):
    wrong = _QUERIES.copy()
    wrong[2, 4] = 977
    texts = _INPUTS["score_text"]["query"].copy()
    texts[1] = texts[1].replace("-", "_", 1)
    bad_token = texts[1].split()[0]
    questions = [
        ("score_all", {"query": wrong}, "977"),
        ("rank", {"query": wrong}, "977"),
        ("encode_query", {"query": wrong}, "977"),
        ("serving_default", {"query": wrong, "key": np.arange(5)}, "977"),
        ("serving_default", {"query": _QUERIES, "key": np.arange(25, 30)}, "[27"),
        ("serving_default", {"query": _QUERIES, "key": np.array([3])}, "[5] [got] [1]"),
        ("encode_key", {"key": np.array([-1])}, "-1"),
        ("score_text", {"query": texts}, bad_token),
        ("rank_text", {"query": texts}, bad_token),
    ]
    answers = _ask(program, exported["two_tower"], [(n, i) for n, i, _ in questions])
    for (name, _, value), said in zip(questions, answers, strict=True):
        assert isinstance(said, str), f"{name} gave scores for {value}"
        assert said.startswith("error 3 ")  # INVALID_ARGUMENT
        assert value in said


def test_saved_model_cli_gives_the_scores_of_python(exported, tmp_path, run_quickly):
    version = exported["two_tower"]  # It has all signatures.
    python = tf.saved_model.load(str(version)).signatures
    for name in python:
        inputs = _INPUTS[name]
        for key, values in inputs.items():
            np.save(tmp_path / f"{key}.npy", values)
        code, _, errors = run_quickly(
            "tensorflow.python.tools.saved_model_cli",
            *("run", f"--dir={version}", "--tag_set=serve", f"--signature_def={name}"),
            "--inputs=" + ";".join(f"{key}={tmp_path / key}.npy" for key in inputs),
            f"--outdir={tmp_path / name}",
        )
        assert code == 0, errors
        expected = python[name](**{k: tf.constant(v) for k, v in inputs.items()})
        for output, values in expected.items():
            found = np.load(tmp_path / name / f"{output}.npy", allow_pickle=True)
            if values.dtype == tf.float32:
                np.testing.assert_allclose(found, values, atol=1e-5)
            else:
                assert (found == values.numpy()).all()


class _Buffer(ctypes.Structure):
    """TF_Buffer of TensorFlow's C API."""

    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def _stock_ops():
    library = ctypes.CDLL(str(_WHEEL / "libtensorflow_cc.so.2"))
    library.TF_GetAllOpList.restype = ctypes.POINTER(_Buffer)
    buffer = library.TF_GetAllOpList().contents
    listed = op_def_pb2.OpList.FromString(ctypes.string_at(buffer.data, buffer.length))
    return {op.name for op in listed.op}


@pytest.mark.parametrize(
    "family", ["two_tower", "solved", "cross_encoder", "late_interaction", "fitted"]
)
def test_only_stock_ops_without_python_and_xla(exported, family):
    graph = _meta_graph(exported[family]).graph_def
    own = {function.signature.name for function in graph.library.function}
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    ops = {node.op for node in nodes}
    assert {"MatMul", "StatefulPartitionedCall"} <= ops
    assert ops - own <= _stock_ops()
    assert not [op for op in ops if "PyFunc" in op or op.startswith("Xla")]
    marked = [*nodes, *graph.library.function]
    assert not [n for n in marked if n.attr["_XlaMustCompile"].b]

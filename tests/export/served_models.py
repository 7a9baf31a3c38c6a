"""SavedModels that the server of the tests runs, and its answers to wrong requests.

Codes and words are those of TensorFlow Serving (`server_core.cc`, `predict_util.cc`,
`get_model_status_impl.cc`), so that what a client makes of them is tested.
"""

import pathlib

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2


class ServingError(Exception):
    """A call that ends without an answer.

    Args:
      code: A `grpc.StatusCode`.
      message: What the client is told.
    """

    def __init__(self, code, message):
        super().__init__(code, message)
        self.code = code
        self.message = message


def _graph_message(message):
    """Returns an error as a session of the graph has it, without the eager call."""
    return message.split("<stack traces unavailable>\n")[-1].partition(" [Op:")[0]


class ServedVersion:
    """One version of a model.

    Args:
      folder: The SavedModel, whose name is the number of the version.
    """

    def __init__(self, folder):
        self.number = int(folder.name)
        self._model = tf.saved_model.load(str(folder))
        saved_model = saved_model_pb2.SavedModel.FromString(
            (folder / "saved_model.pb").read_bytes()
        )
        self.signature_def = saved_model.meta_graphs[0].signature_def

    def inputs(self, signature):
        """Returns the dtype of each input by name; None without such a signature."""
        if signature not in self._model.signatures:
            return None
        _, specs = self._model.signatures[signature].structured_input_signature
        return {n: np.dtype(spec.dtype.as_numpy_dtype) for n, spec in specs.items()}

    def run(self, signature, arrays):
        """Returns the outputs, arrays by name."""
        signature = signature or "serving_default"
        dtypes = self.inputs(signature)
        if dtypes is None:
            message = f'Serving signature key "{signature}" not found.'
            raise ServingError(grpc.StatusCode.FAILED_PRECONDITION, message)
        if set(arrays) != set(dtypes):
            message = (
                f"input size does not match signature: {len(arrays)}!={len(dtypes)} "
                f"len({{{','.join(sorted(arrays))}}}) != "
                f"len({{{','.join(sorted(dtypes))}}})."
            )
            raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
        for name, array in arrays.items():
            if array.dtype != dtypes[name]:
                message = (
                    f"Expects arg[0] to be {dtypes[name]} but {array.dtype} is provided"
                )
                raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
        tensors = {name: tf.constant(array) for name, array in arrays.items()}
        try:
            outputs = self._model.signatures[signature](**tensors)
        except tf.errors.OpError as error:
            (code,) = (c for c in grpc.StatusCode if c.value[0] == error.error_code)
            raise ServingError(code, _graph_message(error.message)) from error
        except (TypeError, ValueError) as error:  # Another shape.
            code = grpc.StatusCode.INVALID_ARGUMENT
            raise ServingError(code, str(error)) from error
        return {name: tensor.numpy() for name, tensor in outputs.items()}


class ServedModels:
    """All models of the server, each with all the versions in its folder."""

    def __init__(self):
        self._folders = {}
        self._versions = {}
        self._labels = {}

    def announce(self, name, folder, labels):
        """Names a model that is still to be loaded."""
        self._folders[name] = pathlib.Path(folder)
        self._versions[name] = {}
        self._labels[name] = labels

    def load(self):
        """Loads all that was announced."""
        for name, folder in self._folders.items():
            for path in sorted(folder.iterdir()):
                if path.name.isdecimal():
                    version = ServedVersion(path)
                    self._versions[name][version.number] = version

    def get(self, model_spec):
        """Returns the version that a `ModelSpec` means."""
        name = model_spec.name
        choice = model_spec.WhichOneof("version_choice")
        known = self._versions.get(name, {})
        if choice == "version_label":
            number = self._labels.get(name, {}).get(model_spec.version_label)
            if number is None:
                label = model_spec.version_label
                message = f"Unrecognized servable version label: {label}"
                raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
        else:
            number = model_spec.version.value if choice else max(known, default=None)
        if number not in known:
            wanted = f"Specific({name}, {number})" if choice else f"Latest({name})"
            message = f"Servable not found for request: {wanted}"
            raise ServingError(grpc.StatusCode.NOT_FOUND, message)
        return known[number]

    def status(self, model_spec):
        """Returns the `GetModelStatusResponse` for a `ModelSpec`."""
        name = model_spec.name
        if name not in self._folders:
            message = f"Could not find any versions of model {name}"
            raise ServingError(grpc.StatusCode.NOT_FOUND, message)
        found = {
            int(path.name): int(path.name) in self._versions[name]
            for path in self._folders[name].iterdir()
            if path.name.isdecimal()
        }
        if model_spec.HasField("version"):
            number = model_spec.version.value
            if number not in found:
                message = f"Could not find version {number} of model {name}"
                raise ServingError(grpc.StatusCode.NOT_FOUND, message)
            found = {number: found[number]}
        response = get_model_status_pb2.GetModelStatusResponse()
        for number, available in sorted(found.items()):
            response.model_version_status.add(
                version=number,
                state=(
                    get_model_status_pb2.ModelVersionStatus.AVAILABLE
                    if available
                    else get_model_status_pb2.ModelVersionStatus.LOADING
                ),
                # OK, which protos leave unset.
                status={"error_code": 0, "error_message": ""},
            )
        return response

    def metadata(self, model_spec):
        """Returns the `GetModelMetadataResponse` for a `ModelSpec`."""
        version = self.get(model_spec)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.name = model_spec.name
        response.model_spec.version.value = version.number
        found = get_model_metadata_pb2.SignatureDefMap()
        for name, signature in version.signature_def.items():
            found.signature_def[name].CopyFrom(signature)
        response.metadata["signature_def"].Pack(found)
        return response

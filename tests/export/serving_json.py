"""TensorFlow Serving's JSON, as the published rules and `json_tensor.cc` have it.

See https://www.tensorflow.org/tfx/serving/api_rest. For the server of the tests only.
"""

import base64

import numpy as np

_INTEGERS = {np.dtype(np.int32), np.dtype(np.int64)}


def arrays(body, signature_inputs):
    """Returns the inputs of a request, and whether they came as rows.

    Args:
      body: The JSON object of the request.
      signature_inputs: The dtype of each input of the signature, by name.

    Raises:
      ValueError: With the words of the answer to a malformed request.
    """
    if ("instances" in body) == ("inputs" in body):
        raise ValueError(
            "Not formatted correctly expecting only one of 'inputs' or 'instances' "
            "keys to exist"
            if "inputs" in body
            else "Missing 'inputs' or 'instances' key"
        )
    if "instances" in body:
        return _rows(body["instances"], signature_inputs), True
    values = body["inputs"]
    if not isinstance(values, dict) or _is_base64(values):
        values = {_only(signature_inputs, "inputs"): values}
    for name in signature_inputs:
        if name not in values:
            raise ValueError(f"Missing named input: {name} in 'inputs' object.")
    return {n: _array(values[n], dtype) for n, dtype in signature_inputs.items()}, False


def _rows(instances, signature_inputs):
    if not isinstance(instances, list):
        raise ValueError("Expecting 'instances' to be an list/array")
    if not instances:
        raise ValueError("No values in 'instances' array")
    if not isinstance(instances[0], dict) or _is_base64(instances[0]):
        name = _only(signature_inputs, "instances")
        instances = [{name: instance} for instance in instances]
    for instance in instances:
        if not isinstance(instance, dict) or set(instance) != set(signature_inputs):
            raise ValueError("Failed to process element: expecting named inputs")
    return {
        name: _array([instance[name] for instance in instances], dtype)
        for name, dtype in signature_inputs.items()
    }


def _only(signature_inputs, key):
    if len(signature_inputs) > 1:
        raise ValueError(
            f"{key} is a plain value/list, but expecting an object as multiple input "
            "tensors required as per tensorinfo_map"
        )
    (name,) = signature_inputs
    return name


def _array(value, dtype):
    """Returns a dense tensor: its shape is that of the first entries."""
    shape, first = [], value
    while isinstance(first, list):
        shape.append(len(first))
        first = first[0] if first else None
    leaves = []

    def visit(node, level):
        if isinstance(node, list):
            if level >= len(shape) or len(node) != shape[level]:
                raise ValueError(
                    f"Encountered list at unexpected size: {len(node)} at level: "
                    f"{level}"
                )
            for child in node:
                visit(child, level + 1)
        elif level != len(shape):
            raise ValueError(f"JSON Value: {node} found at incorrect level: {level}")
        else:
            leaves.append(_scalar(node, dtype))

    visit(value, 0)
    return np.array(leaves, dtype).reshape(shape)


def _scalar(value, dtype):
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if dtype.kind == "O":
        if isinstance(value, str):
            return value.encode()
        if _is_base64(value):
            return base64.b64decode(value["b64"])
    elif dtype in _INTEGERS:
        limits = np.iinfo(dtype)
        is_integer = is_number and isinstance(value, int)
        if is_integer and limits.min <= value <= limits.max:
            return value
    elif is_number:
        return value
    raise ValueError(f"JSON Value: {value} is not of expected type: {dtype}")


def _is_base64(value):
    return (
        isinstance(value, dict)
        and list(value) == ["b64"]
        and isinstance(value["b64"], str)
    )


def answer(outputs, rows):
    """Returns the JSON object of outputs; a single one loses its name.

    Args:
      outputs: Arrays by name, the batch first.
      rows: Whether the request came as rows.
    """
    values = {name: _values(name, array) for name, array in outputs.items()}
    if not rows:
        return {"outputs": values if len(values) > 1 else next(iter(values.values()))}
    names, columns = list(values), values.values()
    if len(names) == 1:
        return {"predictions": next(iter(columns))}
    return {
        "predictions": [
            dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
        ]
    }


def _values(name, array):
    """Returns nested lists: the shortest decimals that give a float32 back."""

    def value(leaf):
        if array.dtype == np.float32:
            return float(str(leaf))
        if array.dtype.kind != "O":
            return leaf.item()
        if name.endswith("_bytes"):
            return {"b64": base64.b64encode(leaf).decode()}
        return leaf.decode()

    def visit(part, rank):
        return [visit(p, rank - 1) for p in part] if rank else value(part)

    return visit(array, array.ndim)

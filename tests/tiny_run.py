"""Commands of the smallest run, for tests that need many of them."""

import numpy as np
import tensorflow as tf

TRAIN = "set_contrastive.train"
EVALUATE = "set_contrastive.evaluate"
# Checkpoints hold them, but they differ from run to run.
_NOT_WEIGHTS = ("OBJECT_GRAPH", "save_counter", "train_seconds")


def train_flags(data_dir, workdir, **fields):
    """Returns the flags of a run of 6 steps, which are measured and saved in turn."""
    values = {
        "game": "wildcard_27",
        "model": "classifier",
        "data_dir": data_dir,
        "workdir": workdir,
        "preset": "light",  # Of fewer layers and without readouts, so traced sooner.
        "d_model": 8,
        "d_ff": 8,
        "num_heads": 1,
        "num_layers": 1,
        "num_readout_layers": 1,
        "batch_size": 8,
        "steps": 6,
        "eval_every": 2,
        "checkpoint_every": 1,
        "steps_per_call": 2,
        "xla": False,  # Compiling takes longer than these runs.
        **fields,
    }
    return [f"--{name}={value}" for name, value in values.items()]


def final_weights(workdir):
    """Returns all that the newest checkpoint holds of model, optimizer and step."""
    newest = max(
        workdir.glob("checkpoints/step-*.index"),
        key=lambda path: int(path.stem.removeprefix("step-")),
    )
    reader = tf.train.load_checkpoint(str(newest.with_suffix("")))
    names = sorted(reader.get_variable_to_shape_map())
    return {
        name: reader.get_tensor(name)
        for name in names
        if not any(word in name for word in _NOT_WEIGHTS)
    }


def assert_same_bits(workdir, other):
    """Compares the weights, the optimizer's state and the step of two runs."""
    expected, found = final_weights(workdir), final_weights(other)
    assert expected.keys() == found.keys() and len(expected) > 30
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)

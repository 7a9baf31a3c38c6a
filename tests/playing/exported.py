"""A model that ships, exported as a SavedModel, by way of a run folder."""

import tensorflow as tf

from export import saved_model
from set_contrastive.base import whole_files
from set_contrastive.configs.experiment_config import ExperimentConfig
from set_contrastive.playing import shipped
from set_contrastive.runs import run_folder
from set_contrastive.training import checkpoints


def export(name, folder):
    """Returns the folder of the version of a model that ships, by its label."""
    (found,) = [m for m in shipped.read() if m.weights.stem.endswith(f"-{name}")]
    run = folder / "run"
    (run / "checkpoints").mkdir(parents=True)
    config = ExperimentConfig(found.spec.name, found.config)
    whole_files.write_json(run / run_folder.CONFIG, config.to_dict())
    whole_files.write_json(run / run_folder.GAME, found.spec.to_dict())
    checkpoints.Checkpoints(
        run / "checkpoints",
        model=found.build(),
        step=tf.Variable(0, dtype=tf.int64),
        train_seconds=tf.Variable(0.0, dtype=tf.float64),
    ).save(0)
    return saved_model.export(str(run), str(folder / "exported"))

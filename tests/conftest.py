"""Set-up that all tests share."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pytest
import tensorflow as tf

# Logical CPU devices stand for GPUs; they can only be made before TensorFlow starts.
if "TF_CONFIG" not in os.environ:
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 4,
    )


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Prepared data sets, built for real: wildcard_27 and a small union_27."""
    from data_builders.card_games import card_games_dataset_builder as builder

    folder = str(tmp_path_factory.mktemp("data"))
    small = builder.CardGamesConfig(
        name="union_27_small", game="union_27", train_size=2048
    )
    for config in ("wildcard_27", small):
        builder.Builder(config=config, data_dir=folder).download_and_prepare()
    return folder

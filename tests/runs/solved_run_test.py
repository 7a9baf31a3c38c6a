"""A run whose keys are searched before it is trained, through the command."""

import numpy as np

from set_contrastive.games import registry
from set_contrastive.runs import experiment
from set_contrastive.training import searched_keys
from tests import tiny_run


def _keys(workdir):
    scorer = experiment.load(str(workdir)).scorer
    return [part.numpy() for part in scorer.key_encoder({"key": np.arange(27)})]


def _onto(vectors):
    """The projection onto the keys' columns, which linear maps leave as it is."""
    basis, _ = np.linalg.qr(vectors)
    return basis @ basis.T


def test_training_begins_with_searched_keys_and_leaves_them(
    data_dir, tmp_path, run_quickly
):
    flags = tiny_run.train_flags(
        data_dir,
        tmp_path,
        model="two_tower",
        vector_dim=16,
        query_vector="solved",
        readouts="keys",
    )
    code, _, errors = run_quickly(tiny_run.TRAIN, *flags)
    assert code == 0, errors
    assert "keys: 100%" in errors
    vectors, biases = _keys(tmp_path)
    game = registry.get("wildcard_27")
    expected = searched_keys.find(
        game.answer(game.population()), 16, searched_keys.settings(27, 16, seed=0)
    )
    np.testing.assert_allclose(_onto(vectors), _onto(expected.vectors), atol=1e-3)

    # A run that goes on takes the keys of its checkpoint.
    for path in tmp_path.glob("checkpoints/step-6.*"):
        path.unlink()
    code, _, errors = run_quickly(tiny_run.TRAIN, *flags)
    assert code == 0, errors
    assert "keys: 100%" not in errors
    for before, after in zip((vectors, biases), _keys(tmp_path), strict=True):
        np.testing.assert_array_equal(after, before)

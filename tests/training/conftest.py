"""Trainings that tests of this room share."""

import pytest

from tests.training import short_trainings


@pytest.fixture(scope="session")
def single():
    """Runs without strategy, one per objective: what the others must agree with."""
    return [
        short_trainings.train(short_trainings.config(objective=objective))
        for objective in short_trainings.OBJECTIVES
    ]

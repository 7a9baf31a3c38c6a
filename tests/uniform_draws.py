"""A test of whether draws are uniform."""

import numpy as np


def assert_uniform(drawn, choices):
    """Chi-square test that fails by chance for less than one seed in 100,000."""
    found, counts = np.unique(drawn, return_counts=True)
    assert set(found.tolist()) == set(choices)
    expected = np.size(drawn) / len(choices)
    degrees = len(choices) - 1
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert statistic < degrees + 6 * np.sqrt(2 * degrees) + 10

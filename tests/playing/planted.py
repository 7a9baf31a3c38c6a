"""Models of the page whose scores are known."""

import numpy as np
import tensorflow as tf

from set_contrastive.explaining.subject import Subject
from set_contrastive.games import registry
from set_contrastive.playing.shelf import Model


def covering(query):
    """Returns how many pairs of a query of union_27 cover each key, by hand."""
    rules = registry.get("union_27")
    counts = []
    for symbols in query:
        names = [rules.spec.vocabulary[s].split("-") for s in symbols]
        row = []
        for key in rules.keys:
            row.append(0)
            for first, second in zip(names[::2], names[1::2], strict=True):
                row[-1] += all(
                    "*" in (a, b) or len({a, b, wanted}) in (1, 3)
                    for a, b, wanted in zip(first, second, key.split("-"), strict=True)
                )
        counts.append(row)
    return np.array(counts)


def model(name="planted", dim=4, sign=1.0, series="planted", game="union_27"):
    """Returns a model that scores a key by how many pairs cover it, times `sign`."""
    rules = registry.get(game)

    def scores(query):
        return tf.constant(sign * covering(query.numpy()), tf.float32)

    return of_subject(Subject(name, dim, rules, scores, None), series)


def of_subject(subject, series="planted"):
    """Returns a model of what is explained."""
    name, dim, rules = subject.title, subject.vector_dim, subject.game
    return Model(
        *(name, f"{series} d = {dim}", series, dim, rules, 0.25, 0.5, "planted"),
        lambda: subject,
    )

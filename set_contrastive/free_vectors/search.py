"""The search for keys, from candidates to a vanishing ridge.

A search has some candidates, whose keys are searched on part of the queries. The best
of them goes on with all queries, along a path of falling ridges, each from where the
one before ended; at last the queries are solved without ridge for the keys found. What
one sees on the path is of use by itself: the least KL that keys and queries reach whose
scores are, in the mean square, no larger.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from set_contrastive.base.errors import UserError
from set_contrastive.free_vectors import keys as keys_lib
from set_contrastive.free_vectors import moment_curve
from set_contrastive.free_vectors import queries
from set_contrastive.free_vectors.queries import Keys
from set_contrastive.games import distinct_subsets
from set_contrastive.games import splits
from set_contrastive.games.distinct_subsets import Subsets

# Where paths begin. From stronger ridges all starts reach the same keys.
_FIRST_DECADE = 4

# Candidates are compared at this ridge, on so many queries.
_SCREEN_DECADE = 5
_SCREEN_QUERIES = 1_024

_LEAST_CANDIDATES = 4

# What steps must promise, as a share of the value. Candidates of small dimension cross
# plateaus, where steps promise little.
_SCREEN_TOLERANCE = 1e-5
_TOLERANCE = 3e-5

# Noise that takes a start off points of symmetry, where gradients vanish.
_NOISE = 1e-2

# Decrement, in nats, that the last solution of the queries aims at.
LAST_TOLERANCE = 1e-10

# Below this ridge, rounding shows.
_LAST_DECADE = 12


@dataclasses.dataclass(frozen=True)
class Settings:
    """How floors are searched.

    Attributes:
      restarts: Number of independent searches.
      candidate_dims: Sum of the dimensions of the candidates of a search: the smaller
        they are, the more minima there are and the faster each is found. A search has
        at least 4 candidates.
      num_queries: Number of queries, of games that do not list all.
      seed: Seed of the candidates.
      decades: The path of ridges is 1e-4, 1e-5, ... 10^-decades.
    """

    restarts: int = 3
    candidate_dims: int = 48
    num_queries: int = splits.HELD_OUT_SIZE
    seed: int = 0
    decades: int = 8

    def __post_init__(self) -> None:
        """Checks the values."""
        lowest = {"restarts": 1, "candidate_dims": 1, "num_queries": 1, "seed": 0}
        for name, least in (lowest | {"decades": _SCREEN_DECADE}).items():
            if getattr(self, name) < least:
                raise UserError(
                    f"{name} must be at least {least}, got {getattr(self, name)}"
                )
        if self.decades > _LAST_DECADE:
            raise UserError(
                f"decades must be at most {_LAST_DECADE}, got {self.decades}"
            )

    @property
    def ridges(self) -> tuple[float, ...]:
        """The path of ridges."""
        return _ridges(_FIRST_DECADE, self.decades)


def _ridges(first: int, last: int) -> tuple[float, ...]:
    return tuple(10.0**-decade for decade in range(first, last + 1))


@dataclasses.dataclass(frozen=True)
class Stage:
    """What one ridge of the path gave.

    Attributes:
      ridge: Weight of the squared scores.
      kl_nats: Mean KL(truth || prediction).
      rms_score: Root of the mean square of the centred scores.
      steps: Steps of the keys.
    """

    ridge: float
    kl_nats: float
    rms_score: float
    steps: int


@dataclasses.dataclass(frozen=True)
class Found:
    """Where one search ended.

    Attributes:
      keys: The keys found.
      path: The stages; the last one is without ridge, for keys that stand.
      inner_gap: Certified: for these keys, no query vectors give a mean KL that is
        lower by more.
      gradient_norm: Largest norm of a query's gradient.
      keys_gradient_norm: Norm of the gradient by the keys, at the last ridge.
      curvature: Least curvature by the keys, at the last ridge.
    """

    keys: Keys
    path: tuple[Stage, ...]
    inner_gap: float
    gradient_norm: float
    keys_gradient_norm: float
    curvature: float

    @property
    def kl_nats(self) -> float:
        """Mean KL(truth || prediction) in the end."""
        return self.path[-1].kl_nats


def first_keys(subsets: Subsets, dim: int, number: int, seed: int) -> Keys:
    """Returns the keys that a candidate starts from.

    Args:
      subsets: The queries.
      dim: Dimension, at most `K - 1`.
      number: Number of the candidate. 0: leading right singular vectors of the centred
        matrix of subsets; 1: the trigonometric moment curve, whose hull has as many
        faces as there can be (cyclic polytope); 2 and more: normal random vectors.
      seed: Seed of the noise and of the random vectors.
    """
    rng = np.random.default_rng([seed, number])
    num_keys = subsets.truth.shape[1]
    vectors = rng.standard_normal((num_keys, dim))
    if number == 0:
        rows = (subsets.truth > 0).astype(np.float64)
        rows -= subsets.weights @ rows
        rows -= rows.mean(axis=1, keepdims=True)
        moments = rows.T @ (rows * subsets.weights[:, None])
        vectors = np.linalg.eigh(moments)[1][:, ::-1][:, :dim] + _NOISE * vectors
    elif number == 1:
        curve = moment_curve.curve(num_keys, -(-dim // 2))[:, :dim]
        vectors = curve + _NOISE * vectors
    return Keys(vectors, np.zeros(num_keys))


def screen(subsets: Subsets, dim: int, restart: int, settings: Settings) -> Keys:
    """Returns the best of a search's candidates, on part of the queries.

    The first candidate comes down from a strong ridge, where the search is all but
    convex. The others begin lower, where there are many minima.
    """
    some = distinct_subsets.part(subsets, _SCREEN_QUERIES)
    found = []
    for candidate in range(max(_LEAST_CANDIDATES, settings.candidate_dims // dim)):
        # 0 and 1, which are not random, are the first of two searches.
        number = restart + candidate * settings.restarts
        first = 2 if candidate == 0 else _FIRST_DECADE
        keys = first_keys(some, dim, number, settings.seed)
        vectors = None
        for ridge in _ridges(first, _SCREEN_DECADE):
            point = keys_lib.prepare(keys, some, ridge, vectors)
            point = keys_lib.minimize(point, some, _SCREEN_TOLERANCE).point
            keys, vectors = point.keys, point.queries.vectors
        found.append(point)
    return min(found, key=lambda point: point.value).keys


def search(
    subsets: Subsets,
    dim: int,
    restart: int,
    settings: Settings,
    on_stage: Callable[[Stage], None] = lambda _: None,
) -> Found:
    """Searches keys once.

    Keys of dimension `K - 1` score everything, so that larger ones add nothing.
    `on_stage` is called after each ridge.
    """
    dim = min(dim, subsets.truth.shape[1] - 1)
    keys = screen(subsets, dim, restart, settings)
    vectors = None
    path = []
    for ridge in settings.ridges:
        point = keys_lib.prepare(keys, subsets, ridge, vectors)
        end = keys_lib.minimize(point, subsets, _TOLERANCE)
        keys, vectors = end.point.keys, end.point.queries.vectors
        path.append(_stage(end.point.queries, subsets, ridge, end.steps))
        on_stage(path[-1])
    last = queries.solve(keys, subsets.truth, 0.0, vectors, LAST_TOLERANCE)
    gradient, _ = queries.newton_step(
        keys, subsets.truth, 0.0, last.scores, last.probabilities
    )
    return Found(
        keys,
        (*path, _stage(last, subsets, 0.0, 0)),
        float(subsets.weights @ queries.certify(keys, subsets.truth, last)),
        float(np.linalg.norm(gradient, axis=1).max()),
        end.gradient_norm,
        end.curvature,
    )


def refine(keys: Keys, subsets: Subsets, settings: Settings) -> Keys:
    """Returns where the last ridges of the path lead keys that other queries found.

    More queries than a search needs take off what its own were fitted by chance.
    """
    vectors = None
    for ridge in settings.ridges[-2:]:
        point = keys_lib.prepare(keys, subsets, ridge, vectors)
        point = keys_lib.minimize(point, subsets, _TOLERANCE).point
        keys, vectors = point.keys, point.queries.vectors
    return keys


def _stage(
    found: queries.QueryVectors, subsets: Subsets, ridge: float, steps: int
) -> Stage:
    squares = (found.scores**2).mean(axis=1)
    return Stage(
        ridge,
        float(subsets.weights @ found.kl_nats),
        math.sqrt(float(subsets.weights @ squares)),
        steps,
    )

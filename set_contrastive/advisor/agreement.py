"""Whether the vectors of one side, queries or documents, agree with the judgements.

Two documents that are relevant to the same query should be nearer to each other than
any two, and so should two queries that share a relevant document. With the cosine about
the mean of the vectors, `related` is its mean over such pairs and `any_pair` over all.
If the vectors had nothing to do with the judgements, they might be dealt out among
their owners in any order: of 999 random orders, `p` tells how many have pairs as near
as the given one (a permutation test; Mantel 1967, for two tables of distances).

Unlike free vectors, this fits nothing, so it tells something however many dimensions
there are. It compares a side with the judgements alone, not with the other side: both
sides may agree with them, and still not with each other.
"""

import dataclasses

import numpy as np
import numpy.typing as npt
from scipy import sparse

from set_contrastive.advisor.encoder_cells import Collection

Floats = npt.NDArray[np.floating]

# Vectors of a side, and pairs of them, that are looked at; of more, so many are drawn.
_MOST, _MOST_PAIRS = 2_000, 20_000
_DEALINGS = 999
# With fewer related pairs, or where most pairs are related, nothing can be told.
_FEWEST_PAIRS, _DENSEST = 20, 0.5


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How near related vectors are.

    Attributes:
      related: Mean cosine of two vectors that are relevant to the same, or share it.
      any_pair: Mean cosine of any two.
      p: Share of random dealings in which related vectors are as near.
    """

    related: float
    any_pair: float
    p: float

    @property
    def nearer_by(self) -> float:
        """By how much related vectors are nearer than any two."""
        return self.related - self.any_pair


def of_collection(collection: Collection) -> tuple[Agreement | None, Agreement | None]:
    """Returns the agreement of the queries' and of the documents' vectors.

    None where the judgements relate too few of them, or most to each other.
    """
    relation = collection.relation()
    documents = np.unique(relation.indices)
    rng = np.random.default_rng(0)
    if len(documents) > _MOST:
        documents = np.sort(rng.choice(documents, _MOST, replace=False))
    queries = np.arange(relation.shape[0])
    if len(queries) > _MOST:
        queries = np.sort(rng.choice(queries, _MOST, replace=False))
    return (
        of_side(collection.queries[queries], relation[queries]),
        of_side(collection.documents[documents], relation[:, documents].T.tocsr()),
    )


def of_side(
    vectors: Floats, owned: sparse.csr_array, seed: int = 0
) -> Agreement | None:
    """Returns how vectors agree with what their owners have in common.

    Args:
      vectors: A vector for each owner, `[n, d]`.
      owned: What each owner has, bool `[n, m]`; who has something in common is related.
      seed: Draws pairs and orders.
    """
    count = len(vectors)
    rng = np.random.default_rng(seed)
    numbers = owned.astype(np.int32)
    common = (numbers @ numbers.T).toarray() > 0
    first, second = np.nonzero(np.triu(common, 1))
    if not _FEWEST_PAIRS <= len(first) <= _DENSEST * count * (count - 1) / 2:
        return None
    if len(first) > _MOST_PAIRS:
        drawn = rng.choice(len(first), _MOST_PAIRS, replace=False)
        first, second = first[drawn], second[drawn]
    cosines = _cosines(np.asarray(vectors, np.float32))
    related = float(cosines[first, second].mean())
    as_near = 0
    for _ in range(_DEALINGS):
        order = rng.permutation(count)
        as_near += bool(cosines[order[first], order[second]].mean() >= related)
    total = cosines.sum() - np.trace(cosines)
    any_pair = float(total / (count * (count - 1)))
    return Agreement(related, any_pair, (1 + as_near) / (1 + _DEALINGS))


def _cosines(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Returns the cosine of each two vectors about their mean, `[n, n]`."""
    centred = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    centred /= np.where(lengths > 0, lengths, 1)
    found: npt.NDArray[np.float32] = centred @ centred.T
    return found

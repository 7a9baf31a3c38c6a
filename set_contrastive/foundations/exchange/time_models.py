"""How long replicas take to exchange what they have computed.

R replicas add up N bytes each, over links of beta bytes a second in each direction and
alpha seconds until a message arrives:

* *Ring all-reduce*: each sends a share of N / R to its neighbour, 2 (R - 1) times,
  first to add up, then to hand the sums on (Patarasuk and Yuan 2009). It sends
  `2 (R - 1) / R N` bytes, less than 2 N for any R, which is the least possible.

      t = 2 (R - 1) alpha + 2 (R - 1) / R N / beta

* *Parameter server* (Li et al. 2014): all send N bytes to one place and get N back, so
  its link carries R N bytes in and R N out.

      t = 2 alpha + 2 R N / beta

* *All-gather* of N bytes in all, N / R of each: `(R - 1) alpha + (R - 1) / R N / beta`.

A replica computes about 6 P operations for each of n positions (2 forward, 4 backward;
P parameters, F operations a second), and exchanges 4 P bytes of float32 gradients. Both
grow with P, so it is n alone that decides which is the longer:

    6 P n / F = 2 (R - 1) / R 4 P / beta    at    n = 4/3 (R - 1) / R F / beta

and at R times R / (R - 1) as many with a parameter server.
"""

import dataclasses

import numpy as np

FLOAT_BYTES = 4


@dataclasses.dataclass(frozen=True)
class Link:
    """A link between replicas.

    Attributes:
      seconds: alpha, until a message arrives.
      bytes_per_second: beta.
    """

    seconds: float
    bytes_per_second: float


def ring(replicas: int, size: float, link: Link, messages: int = 1) -> float:
    """Returns the seconds of ring all-reduces of `size` bytes in all, in messages."""
    hops = 2 * (replicas - 1)
    moved = hops / replicas * size
    return messages * hops * link.seconds + moved / link.bytes_per_second


def server(replicas: int, size: float, link: Link, messages: int = 1) -> float:
    """Returns the seconds of the same by one parameter server."""
    if replicas == 1:
        return 0.0
    moved = 2 * replicas * size
    return messages * 2 * link.seconds + moved / link.bytes_per_second


def gather(replicas: int, size: float, link: Link) -> float:
    """Returns the seconds of a ring all-gather of `size` bytes in all."""
    moved = (replicas - 1) / replicas * size
    return (replicas - 1) * link.seconds + moved / link.bytes_per_second


def fit(replicas: int, sizes: list[int], seconds: list[float]) -> Link:
    """Returns the link that explains measured ring all-reduces best.

    Least squares of the relative error in alpha and 1 / beta, both at least 0.

    Args:
      replicas: Number of replicas R, at least 2.
      sizes: Bytes of each all-reduce.
      seconds: How long each took.
    """
    from scipy import optimize

    hops = 2 * (replicas - 1)
    terms = np.stack([np.full(len(sizes), hops), hops / replicas * np.array(sizes)], 1)
    scaled = terms / np.array(seconds)[:, None]
    scale = scaled.max(axis=0)  # Of very different size.
    found = optimize.nnls(scaled / scale, np.ones(len(sizes)))[0] / scale
    return Link(float(found[0]), float(1 / max(found[1], 1e-15)))


def balance(replicas: int, flops: float, bytes_per_second: float) -> dict[str, float]:
    """Returns positions per replica at which exchange takes as long as computing.

    Args:
      replicas: Number of replicas R.
      flops: Operations F that a replica does in a second.
      bytes_per_second: Of the link.
    """
    ratio = 4 / 3 * flops / bytes_per_second
    return {"ring": (replicas - 1) / replicas * ratio, "server": replicas * ratio}


def exchanged_bytes(parameters: int, num_keys: int, batch_size: int) -> tuple[int, int]:
    """Returns what the trainer all-reduces and all-gathers in a step, in bytes.

    It adds the gradients up itself, to clip the norm of their sum, and Keras's
    optimizer adds them up once more; and it gathers scores, mask and key of each query,
    so that negatives are those of the whole batch.
    """
    reduced = 2 * FLOAT_BYTES * parameters
    gathered = FLOAT_BYTES * batch_size * (2 * num_keys + 1)
    return reduced, gathered

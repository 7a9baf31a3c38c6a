"""What the tests of the client ask."""

import numpy as np

from set_contrastive.games import registry

GAME = registry.get("union_27")
QUERIES = GAME.sample(np.random.default_rng(0), 5)
TEXTS = [GAME.format(query) for query in QUERIES]
PROTOCOLS = ("grpc", "rest")

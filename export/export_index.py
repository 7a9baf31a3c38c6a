r"""Writes the key vectors of an exported scorer as an index for faiss.

For example:

    python -m export.export_index --saved_model=exported/union_27/1 --output=index

Read it with `faiss.read_index("index/keys.faiss")` and search it with the vectors that
the signature encode_query gives; row numbers are key numbers. Where a key has several
vectors, `export.vector_index.read` gives a search for candidates by single vectors and
the exact score of each candidate.
"""

import dataclasses
import pathlib

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
from export import vector_index
from set_contrastive.configs import flags as config_flags


@dataclasses.dataclass(frozen=True)
class IndexConfig:
    """Whose key vectors to write, and where to."""

    # Folder of one version of an exported scorer that has vectors, such as a two-tower.
    saved_model: str
    # Folder of the index.
    output: str
    # faiss's description of the index: Flat is exact; HNSW32, or IVF1024,Flat for
    # hundreds of thousands of keys, are faster and approximate.
    index: str = "Flat"


config_flags.define(IndexConfig)


def main(argv: list[str]) -> None:
    """Writes the index and says where."""
    del argv
    config = config_flags.read(IndexConfig)
    saved_model, output = pathlib.Path(config.saved_model), pathlib.Path(config.output)
    count = vector_index.write(saved_model, output, config.index)
    print(f"wrote {count:,} keys to {output / vector_index.INDEX}")


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()

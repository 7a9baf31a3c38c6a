r"""Writes the key vectors of an exported two-tower as an index for faiss.

For example:

    python -m export.export_index --saved_model=exported/union_27/1 --output=index

Read it with `faiss.read_index("index/keys.faiss")` and search it with the vectors that
the signature encode_query gives; row numbers are key numbers.
"""

import pathlib

from absl import flags

from set_contrastive.base import command  # isort: skip - Quiets TensorFlow before its import.
from export import vector_index

_SAVED_MODEL = flags.DEFINE_string(
    "saved_model",
    None,
    "Folder of one version of an exported two-tower.",
    required=True,
)
_OUTPUT = flags.DEFINE_string("output", None, "Folder of the index.", required=True)
_INDEX = flags.DEFINE_string(
    "index",
    "Flat",
    "faiss's description of the index: Flat is exact; HNSW32, or IVF1024,Flat for "
    "hundreds of thousands of keys, are faster and approximate.",
)


def main(argv: list[str]) -> None:
    """Writes the index and says where."""
    del argv
    output = pathlib.Path(_OUTPUT.value)
    count = vector_index.write(pathlib.Path(_SAVED_MODEL.value), output, _INDEX.value)
    print(f"wrote {count:,} keys to {output / vector_index.INDEX}")


def run() -> None:
    """Starts the command."""
    command.run(main)


if __name__ == "__main__":
    run()

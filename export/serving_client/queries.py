"""The queries that a user asks, in batches."""

import dataclasses
from collections.abc import Iterator

from set_contrastive.base.errors import UserError

DEFAULT_BATCH_SIZE = 64


@dataclasses.dataclass(frozen=True)
class Batch:
    """Queries that go to the server together."""

    # The texts, `[B]`.
    texts: tuple[str, ...]
    # Where they stand, for error messages.
    place: str


def batches(
    query: str | None, queries_file: str | None, batch_size: int
) -> list[Batch]:
    """Returns the one query, or the lines of the file.

    Args:
      query: A text; None if there is a file.
      queries_file: A file with a query a line; None if there is a text.
      batch_size: How many lines go together at most.

    Raises:
      UserError: If both or none is given, or the file cannot be read, or has no lines
        or an empty one: answers come in the order of the lines, so none is skipped.
    """
    if (query is None) == (queries_file is None):
        got = "neither" if query is None else "both"
        raise UserError(f"expected one of query and queries_file, got {got}")
    if query is not None:
        return [Batch((query,), "query")]
    assert queries_file is not None  # For mypy.
    return list(_file_batches(queries_file, batch_size))


def _file_batches(queries_file: str, batch_size: int) -> Iterator[Batch]:
    try:
        with open(queries_file, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise UserError(f"queries_file={queries_file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(
            f"queries_file={queries_file}: expected UTF-8, got the byte "
            f"{error.object[error.start]:#04x} at {error.start}"
        ) from error
    if not lines:
        raise UserError(f"queries_file={queries_file}: expected a query a line")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            raise UserError(
                f"queries_file={queries_file}: expected a query on line {number}, got "
                "an empty line"
            )
    for start in range(0, len(lines), batch_size):
        texts = lines[start : start + batch_size]
        first, last = start + 1, start + len(texts)
        place = f"line {first}" if first == last else f"lines {first} to {last}"
        yield Batch(tuple(texts), f"queries_file={queries_file}, {place}")

"""The queries that a user asks, in batches, and the rankings that answer them."""

import dataclasses
import json
from collections.abc import Iterator, Sequence

from export.serving_client.server import Outputs
from export.serving_client.server import check_text
from set_contrastive.base.errors import UserError

DEFAULT_BATCH_SIZE = 64
_OUTPUTS = ("keys", "names", "scores", "probabilities")


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
      queries_file: A file with one query per line; None if there is a text.
      batch_size: How many lines go together at most.

    Raises:
      UserError: If both or none is given, or the text is not UTF-8, or the file cannot
        be read, or has no lines or an empty one: answers come in the order of the
        lines, so none is skipped.
    """
    if (query is None) == (queries_file is None):
        got = "neither" if query is None else "both"
        raise UserError(f"expected one of query and queries_file, got {got}")
    if query is not None:
        check_text("query", query)
        return [Batch((query,), "query")]
    assert queries_file is not None  # For mypy.
    return list(_file_batches(queries_file, batch_size))


def _file_batches(queries_file: str, batch_size: int) -> Iterator[Batch]:
    try:
        # Windows begins a file with a mark, which is no part of the first query.
        with open(queries_file, encoding="utf-8-sig") as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise UserError(f"queries_file={queries_file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(
            f"queries_file={queries_file}: expected UTF-8, got the byte "
            f"{error.object[error.start]:#04x} at {error.start}"
        ) from error
    if not lines:
        raise UserError(f"queries_file={queries_file}: expected one query per line")
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


@dataclasses.dataclass(frozen=True)
class Ranking:
    """The answer to one query: four columns of K values, the best key first."""

    # The text as it was asked.
    query: str
    # Numbers of the keys, 0 to K - 1.
    keys: tuple[int, ...]
    # Names of the keys.
    names: tuple[str, ...]
    # Scores, of which the softmax gives the probabilities.
    scores: tuple[float, ...]
    # Probabilities over all K keys.
    probabilities: tuple[float, ...]

    def top(self, number: int) -> "Ranking":
        """Returns the best keys alone."""
        columns = {name: getattr(self, name)[:number] for name in _OUTPUTS}
        return Ranking(self.query, **columns)

    def table(self) -> str:
        """Returns a table of names and probabilities for people."""
        width = max(map(len, ("key", *self.names)))
        lines = [f"{'key':<{width}}  probability"]
        for name, probability in zip(self.names, self.probabilities, strict=True):
            lines.append(f"{name:<{width}}  {probability:>11.4f}")
        return "\n".join(lines)

    def json_line(self) -> str:
        """Returns one line of JSON for programs."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)


def rankings(texts: Sequence[str], outputs: Outputs, signature: str) -> list[Ranking]:
    """Returns the rankings of queries.

    Args:
      texts: The queries, `[B]`.
      outputs: `keys`, `names`, `scores` and `probabilities`, each `[B, K]`.
      signature: Its name, for the error message.

    Raises:
      UserError: If the outputs are others, or of another shape.
    """
    if missing := [name for name in _OUTPUTS if name not in outputs]:
        raise UserError(
            f"signature={signature}: expected the outputs {', '.join(_OUTPUTS)}, got "
            f"{', '.join(sorted(outputs)) or 'none'} without {', '.join(missing)}"
        )
    columns = [outputs[name] for name in _OUTPUTS]
    shapes = {column.shape for column in columns}
    (shape, *others) = shapes
    if others or len(shape) != 2 or shape[0] != len(texts):
        raise UserError(
            f"signature={signature}: expected outputs of shape [{len(texts)}, keys], "
            f"got {', '.join(str(list(s)) for s in sorted(shapes))}"
        )
    keys, names, scores, probabilities = (column.tolist() for column in columns)
    return [
        Ranking(
            query=text,
            keys=tuple(map(int, keys[row])),
            names=tuple(map(_text, names[row])),
            scores=tuple(map(float, scores[row])),
            probabilities=tuple(map(float, probabilities[row])),
        )
        for row, text in enumerate(texts)
    ]


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name

"""The keys of a query, best first, and how they are printed."""

import dataclasses
import json
from collections.abc import Sequence

from export.serving_client.transport import Outputs
from set_contrastive.base.errors import UserError

_OUTPUTS = ("keys", "names", "scores", "probabilities")


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


def from_outputs(
    texts: Sequence[str], outputs: Outputs, signature: str
) -> list[Ranking]:
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

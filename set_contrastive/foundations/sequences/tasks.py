"""Toy tasks that tell what a transformer can do, and whether it is put together right.

An example is a list of source tokens and one of target tokens. One in ten sources is
held out, chosen by its text alone, so that training never sees what is measured.
"""

import calendar
import dataclasses
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

Tokens = list[str]
Ids = npt.NDArray[np.int32]

PADDING, START, END = range(3)
_SPECIAL = ("", "<start>", "<end>")
_LETTERS = tuple("abcdefghijklmnopqrst")
_LONGEST = 10
_BLOCK = 3  # Letters of a block of structured copying.
_MONTHS = tuple(name.lower() for name in calendar.month_name[1:])


@dataclasses.dataclass(frozen=True)
class Task:
    """A task.

    Attributes:
      name: Its name.
      tokens: All tokens of sources and targets.
      draw: Draws a source, and returns its target too.
      source_length: Most tokens of a source.
      target_length: Most tokens of a target.
      goal: Share of exact matches that is good enough.
    """

    name: str
    tokens: tuple[str, ...]
    draw: Callable[[np.random.Generator], tuple[Tokens, Tokens]]
    source_length: int
    target_length: int
    goal: float = 1.0

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Padding, start, end and the tokens."""
        return (*_SPECIAL, *self.tokens)

    def examples(
        self, rng: np.random.Generator, count: int, held_out: bool
    ) -> tuple[Ids, Ids]:
        """Draws examples.

        Returns:
          Sources `[count, S]`, ended and padded, and targets `[count, T + 2]`, started,
          ended and padded.
        """
        number = {token: place for place, token in enumerate(self.vocabulary)}
        sources = np.zeros((count, self.source_length + 1), np.int32)
        targets = np.zeros((count, self.target_length + 2), np.int32)
        for row, (source, target) in zip(
            range(count), self._drawn(rng, held_out), strict=False
        ):
            ids = [*(number[t] for t in source), END]
            sources[row, : len(ids)] = ids
            ids = [START, *(number[t] for t in target), END]
            targets[row, : len(ids)] = ids
        return sources, targets

    def _drawn(
        self, rng: np.random.Generator, held_out: bool
    ) -> Iterator[tuple[Tokens, Tokens]]:
        while True:
            source, target = self.draw(rng)
            if is_held_out(source) == held_out:
                yield source, target


def is_held_out(source: Tokens) -> bool:
    """Whether a source is kept for measuring."""
    return zlib.crc32(" ".join(source).encode()) % 10 == 0


def _letters(rng: np.random.Generator) -> Tokens:
    length = rng.integers(2, _LONGEST + 1)
    return [_LETTERS[place] for place in rng.integers(len(_LETTERS), size=length)]


def copying(rng: np.random.Generator) -> tuple[Tokens, Tokens]:
    """`c a t` -> `c a t`."""
    source = _letters(rng)
    return source, source


def reversing(rng: np.random.Generator) -> tuple[Tokens, Tokens]:
    """`c a t` -> `t a c`."""
    source = _letters(rng)
    return source, source[::-1]


def structured_copying(rng: np.random.Generator) -> tuple[Tokens, Tokens]:
    """`= c a t < d o g` -> `c a t g o d`: each block says whether it is reversed."""
    source, target = [], []
    for _ in range(rng.integers(1, 4)):
        block = [_LETTERS[p] for p in rng.integers(len(_LETTERS), size=_BLOCK)]
        is_reversed = bool(rng.integers(2))
        source += ["<" if is_reversed else "=", *block]
        target += block[::-1] if is_reversed else block
    return source, target


def running_sums(rng: np.random.Generator) -> tuple[Tokens, Tokens]:
    """`3 5 9` -> `3 8 14`: y_k = x_k + x_(k - 1), with x_(-1) = 0."""
    numbers = rng.integers(0, 10, size=rng.integers(2, _LONGEST + 1))
    before = np.concatenate([[0], numbers[:-1]])
    return [str(x) for x in numbers], [str(y) for y in numbers + before]


def polynomial(rng: np.random.Generator) -> tuple[Tokens, Tokens]:
    """`( 3 x - 5 ) ( 2 x + 7 )` -> `6 x ^ 2 + 11 x - 35`, character by character."""
    a, c = rng.integers(1, 10, size=2)
    b, d = rng.integers(-9, 10, size=2)
    source = f"({a}x{b:+d})({c}x{d:+d})"
    target = f"{a * c}x^2{a * d + b * c:+d}x{b * d:+d}"
    return list(source), list(target)


def date(rng: np.random.Generator) -> tuple[Tokens, Tokens]:
    """`april 11 1981` -> `1981-04-11`, character by character."""
    year, month = int(rng.integers(1900, 2100)), int(rng.integers(1, 13))
    day = int(rng.integers(1, calendar.monthrange(year, month)[1] + 1))
    source = f"{_MONTHS[month - 1]} {day} {year}"
    return list(source), list(f"{year}-{month:02d}-{day:02d}")


_DIGITS = tuple("0123456789")
_DATE_TOKENS = tuple(sorted({*"".join(_MONTHS), " ", "-", *_DIGITS}))
TASKS = {
    task.name: task
    for task in (
        Task("copying", _LETTERS, copying, _LONGEST, _LONGEST),
        Task("reversing", _LETTERS, reversing, _LONGEST, _LONGEST),
        Task("structured_copying", ("=", "<", *_LETTERS), structured_copying, 12, 9),
        Task(
            "running_sums",
            tuple(map(str, range(19))),
            running_sums,
            _LONGEST,
            _LONGEST,
        ),
        Task("polynomial", (*_DIGITS, *"x^+-()"), polynomial, 12, 13, goal=0.99),
        Task("dates", _DATE_TOKENS, date, 17, 10, goal=0.99),
    )
}

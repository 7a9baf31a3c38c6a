"""Parallel text: a file of sentence pairs, byte-pair encoding, BLEU.

A line of the file is a source sentence, a tab and its translation. Byte-pair encoding
(Sennrich et al., arXiv 1508.07909) is sentencepiece's, learned from both sides; BLEU
(Papineni et al. 2002) is sacrebleu's, as a share of 1.
"""

import dataclasses
import io
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from set_contrastive.base.errors import UserError
from set_contrastive.foundations.sequences import training
from set_contrastive.foundations.sequences.sizes import Sizes
from set_contrastive.foundations.sequences.tasks import END
from set_contrastive.foundations.sequences.tasks import PADDING
from set_contrastive.foundations.sequences.tasks import START
from set_contrastive.foundations.sequences.tasks import Ids

_UNKNOWN = 3
_GOAL = 0.85
_ENOUGH = 0.99  # Training ends when BLEU is so high.


def read(path: pathlib.Path, most: int) -> list[tuple[str, str]]:
    """Returns the first pairs of a file.

    Raises:
      UserError: If there is no such file, it is empty, or a line has no tab; names it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[:most]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"parallel_text {path} cannot be read: {error}") from error
    pairs = []
    for number, line in enumerate(lines, 1):
        source, tab, target = line.partition("\t")
        if not tab or not source.strip() or not target.strip() or "\t" in target:
            raise UserError(
                f"{path}, line {number}: expected a sentence, one tab and its "
                f"translation, got {line!r}"
            )
        pairs.append((source.strip(), target.strip()))
    if not pairs:
        raise UserError(f"parallel_text {path} must have a line, got none")
    return pairs


@dataclasses.dataclass(frozen=True)
class Text:
    """Pairs of sentences as numbers.

    Attributes:
      pairs: The sentences.
      codes: Sentencepiece's processor, with the numbers of tasks.py for padding, start
        and end.
      source: int32 `[n, S]`, ended and padded.
      target: int32 `[n, T + 1]`, started, ended and padded.
    """

    pairs: Sequence[tuple[str, str]]
    codes: Any
    source: Ids
    target: Ids

    @property
    def vocabulary(self) -> int:
        """Number of codes."""
        return int(self.codes.get_piece_size())


def encode(pairs: Sequence[tuple[str, str]], vocabulary: int) -> Text:
    """Learns a byte-pair encoding of at most `vocabulary` codes, and applies it.

    Raises:
      UserError: If sentencepiece is not installed, or cannot make so many codes.
    """
    try:
        import sentencepiece
    except ImportError as error:
        raise UserError(_missing("sentencepiece")) from error
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([text for pair in pairs for text in pair]),
            model_writer=model,
            vocab_size=vocabulary,
            hard_vocab_limit=False,
            model_type="bpe",
            character_coverage=1.0,
            pad_id=PADDING,
            bos_id=START,
            eos_id=END,
            unk_id=_UNKNOWN,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise UserError(f"vocabulary {vocabulary}: {error}") from error
    codes = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    sources = [[*codes.encode(source), END] for source, _ in pairs]
    targets = [[START, *codes.encode(target), END] for _, target in pairs]
    return Text(pairs, codes, _padded(sources), _padded(targets))


def bleu(decode: training.Decode, text: Text) -> float:
    """Returns BLEU of the greedy translations, 0 to 1.

    Raises:
      UserError: If sacrebleu is not installed.
    """
    try:
        import sacrebleu
    except ImportError as error:
        raise UserError(_missing("sacrebleu")) from error
    decoded = decode(text.source)
    found = [text.codes.decode(_inside(row)) for row in decoded.tolist()]
    expected = [target for _, target in text.pairs]
    score = sacrebleu.corpus_bleu(found, [expected]).score
    return min(float(score / 100), 1.0)  # Rounded, it may be above 1.


def learn_both(pairs: Sequence[tuple[str, str]], *how: Any) -> Iterator[dict[str, Any]]:
    """Yields the rows of two trainings: on the pairs, and on pairs dealt out anew.

    Where each sentence has the translation of another one no pattern helps, and only
    what is known by heart is right.

    Args:
      pairs: The sentences.
      *how: What follows in `learn`.
    """
    sources, targets = zip(*pairs, strict=True)
    order = np.random.default_rng(0).permutation(len(pairs))
    dealt = [(source, targets[n]) for source, n in zip(sources, order, strict=True)]
    trainings = {"its own": pairs, "another's": dealt}
    for name, these in tqdm(trainings.items(), "parallel_text", unit="training"):
        yield {"translation": name, **learn(these, *how)}


def learn(
    pairs: Sequence[tuple[str, str]],
    vocabulary: int,
    sizes: Sizes,
    how: training.Training,
    batch_size: int,
) -> dict[str, Any]:
    """Returns a row of a training on pairs of sentences, with its curve.

    Args:
      pairs: The sentences.
      vocabulary: Most codes.
      sizes: Sizes of the model.
      how: How to train.
      batch_size: Pairs of a step.
    """
    text = encode(pairs, vocabulary)
    rng = np.random.default_rng(how.seed)

    def draw() -> training.Examples:
        rows = rng.integers(len(text.pairs), size=batch_size)
        return text.source[rows], text.target[rows]

    curve = training.run(
        text.vocabulary, sizes, how, draw, lambda decode: bleu(decode, text), _ENOUGH
    )
    return {
        "pairs": len(text.pairs),
        "codes": text.vocabulary,
        "steps": curve[-1][0],
        "bleu": curve[-1][1],
        "goal": _GOAL,
        "curve": curve,
    }


def _inside(row: list[int]) -> list[int]:
    """Returns what stands between start and end."""
    end = row.index(END) if END in row else len(row)
    return [code for code in row[1:end] if code not in (PADDING, START)]


def _padded(rows: list[list[int]]) -> Ids:
    padded = np.zeros((len(rows), max(map(len, rows))), np.int32)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return padded


def _missing(package: str) -> str:
    return (
        f"diagnosis --parallel_text needs {package}: "
        "pip install 'set_contrastive[foundations]'"
    )

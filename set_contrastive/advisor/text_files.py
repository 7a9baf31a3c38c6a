"""Reads text files and their lines, for all readers here."""

import codecs
import gzip
import math
import pathlib
import zlib
from typing import Any

from set_contrastive.base.errors import UserError

_LONGEST_SHOWN = 80


def content_of(path: pathlib.Path, argument: str) -> bytes:
    """Returns the bytes of a file, decompressed if they are of gzip.

    Raises:
      UserError: If there is no such file, or it is empty or damaged.
    """
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(
            f"{argument} must be whole, {path} is damaged gzip: {error}"
        ) from error
    except OSError as error:
        raise UserError(
            f"{argument} must name a file that can be read, got {path}: "
            f"{error.strerror}"
        ) from error
    if not content.strip():
        raise UserError(f"{argument} must not be empty, {path} is")
    return content


def decoded(content: bytes, path: pathlib.Path, argument: str) -> str:
    r"""Returns text whose lines end in `\n`.

    Raises:
      UserError: If it is not UTF-8; names the line.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    bad = content.find(b"\0")  # It is UTF-8, but of UTF-16, or of no text at all.
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        bad = error.start if bad < 0 else min(bad, error.start)
    if bad >= 0:
        line = content.count(b"\n", 0, bad) + 1
        form = "text in UTF-8 in each line"
        raise wrong_line(argument, path, line, form, content[bad : bad + 4])
    return text.replace("\r\n", "\n")


def columns_of(line: str, number: int) -> list[str]:
    """Splits a line of TREC by tabs if that gives the number, else by whitespace."""
    if line.count("\t") == number - 1:
        return [column.strip() for column in line.split("\t")]
    return line.split()


def finite(text: Any) -> float:
    """Returns the number that a text or value denotes, NaN if none that is finite."""
    try:
        value = float(text)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return value if math.isfinite(value) else math.nan


def wrong_line(
    argument: str, path: pathlib.Path, line: int, expected: str, got: Any
) -> UserError:
    """Returns the error that a line does not have what is expected."""
    shown = repr(got)
    if len(shown) > _LONGEST_SHOWN:
        shown = f"{shown[:_LONGEST_SHOWN]}..."
    return UserError(f"{argument} must have {expected}, {path}:{line} has {shown}")

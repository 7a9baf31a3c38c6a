"""What a command says of an error: one line if a user can mend it."""

import errno
import os
import re
import sys

from set_contrastive.base.errors import InterruptedRunError
from set_contrastive.base.errors import UserError

# What TensorFlow's file operations say of errors of the system: `path; text`. Those
# numbers speak of files; EINVAL and the like would as well speak of a defect.
_OF_FILES = (
    *(errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG),
    *(errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EISDIR),
    *(errno.EEXIST, errno.ENOTEMPTY, errno.EBUSY, errno.ENAMETOOLONG, errno.ELOOP),
    *(errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ENXIO, errno.ENODEV),
    *(errno.ETIMEDOUT, errno.ENOLCK, errno.EXDEV, errno.EMLINK, errno.EREMOTEIO),
)
_TEXTS = "|".join(re.escape(os.strerror(number)) for number in _OF_FILES)
_FILE_ERROR = re.compile(rf"(?P<file>[^;\n]*); (?P<text>{_TEXTS})\b")
_NODE = re.compile(r"\{\{.*?\}\} ?")  # The operation that TensorFlow names first.


def describe(error: BaseException) -> str | None:
    """Returns one line for an error that a user can mend, None for a defect.

    A user can mend wrong input, and what a disk refuses, be it to Python or to
    TensorFlow, which is asked only if it has been imported.
    """
    if isinstance(error, UserError | InterruptedRunError):
        message = str(error)
    elif isinstance(error, OSError):
        message = f"{error.strerror or error}: {error.filename or 'a file'}"
    else:
        message = _tensorflow_file_error(error) or ""
    return " ".join(message.split()) or None


def _tensorflow_file_error(error: BaseException) -> str | None:
    tensorflow_errors = getattr(sys.modules.get("tensorflow"), "errors", None)
    if tensorflow_errors is None or not isinstance(error, tensorflow_errors.OpError):
        return None
    text = _NODE.sub("", str(error))
    if found := _FILE_ERROR.search(text):
        return f"{found['text']}: {found['file'].strip() or 'a file'}"
    if isinstance(error, tensorflow_errors.DataLossError):
        return f"damaged file: {text.partition(chr(10))[0]}"
    return None

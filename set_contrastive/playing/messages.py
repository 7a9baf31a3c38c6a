"""Messages that the page shows for a moment, as text and never as HTML.

Gradio takes them for HTML, and its sanitizer leaves forms and links in place. They
repeat what somebody has typed or what stood in a link, so that they are escaped here.
"""

import functools
import html
from collections.abc import Callable
from typing import Any

import gradio as gr

from set_contrastive.base.errors import UserError


def told(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function whose user errors the page shows as one message."""

    @functools.wraps(function)
    def guarded(*values: Any) -> Any:
        try:
            return function(*values)
        except UserError as error:
            raise gr.Error(as_text(str(error)), print_exception=False) from error

    return guarded


def warn(text: str) -> None:
    """Shows a warning."""
    gr.Warning(as_text(text))


def as_text(text: str) -> str:
    """Returns HTML that shows a text as it is, on one line."""
    return html.escape(" ".join(text.split()))

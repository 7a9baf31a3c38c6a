"""Pages of HTML that hold all they show, from the templates beside this file."""

import base64
import dataclasses
import math
from typing import Any

import jinja2

from set_contrastive.base.figure import Figure


@dataclasses.dataclass(frozen=True)
class Marked:
    """A cell of a table that is shown as good or bad.

    Attributes:
      text: What stands in it.
      good: Whether it is good.
    """

    text: str
    good: bool


def render(template: str, **values: Any) -> str:
    """Returns a page; what values hold is text, never HTML.

    Args:
      template: Name of its template, such as `study.html.j2`.
      **values: What the template shows; one that is missing is an error.
    """
    return _ENVIRONMENT.get_template(template).render(values)


def _data_uri(figure: Figure, dark: bool = False) -> str:
    encoded = base64.b64encode(figure.render(dark)).decode()
    return f"data:image/svg+xml;base64,{encoded}"


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("set_contrastive.reporting"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters["data_uri"] = _data_uri


def number(value: float, sign: bool = False) -> str:
    """Returns a KL with the digits that count, never as a power of ten."""
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    digits = 3 if size >= 0.0995 else 5 if size >= 0.0001 or not size else 6
    return f"{value:{'+' if sign else ''}.{digits}f}"

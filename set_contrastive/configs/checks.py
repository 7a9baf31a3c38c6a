"""Checks that a configuration makes of its own fields."""

import math
from typing import Any, get_args, get_type_hints

from set_contrastive.base.errors import UserError


def check_types(config: Any) -> None:
    """Raises UserError if a field has another type or a value that is no choice."""
    for name, hint in get_type_hints(type(config)).items():
        value = getattr(config, name)
        choices = get_args(hint)
        if choices and all(isinstance(choice, str) for choice in choices):
            if value not in choices:
                raise UserError(
                    f"{name} must be one of {', '.join(choices)}, got {value!r}"
                )
        elif hint in (int, float, bool, str):
            is_number = hint is float and type(value) is int
            if type(value) is not hint and not is_number:
                raise UserError(
                    f"{name} must be of type {hint.__name__}, got {value!r}"
                )
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"{name} must be finite, got {value}")


def check_at_least(config: Any, least: float, *names: str) -> None:
    """Raises UserError if one of the fields is below `least`."""
    for name in names:
        value = getattr(config, name)
        if not value >= least:
            raise UserError(f"{name} must be at least {least:g}, got {value}")


def check_at_most(config: Any, most: float, *names: str) -> None:
    """Raises UserError if one of the fields is above `most`."""
    for name in names:
        value = getattr(config, name)
        if not value <= most:
            raise UserError(f"{name} must be at most {most:,}, got {value}")

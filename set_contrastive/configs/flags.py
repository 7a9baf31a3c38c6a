"""Command-line flags that follow from the fields of a frozen configuration.

A field is spelled once: its name, type and default are the flag's, and the comment
over it is the flag's help. A field's metadata may say more:

* `flag`: another name for the flag;
* `parse`: a function from the flag's text to the field's value.
"""

import ast
import dataclasses
import inspect
import textwrap
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from absl import flags

T = TypeVar("T")


def define(
    config: type,
    *,
    choices: Mapping[str, Sequence[str]] | None = None,
    skip: Sequence[str] = (),
    by_preset: bool = False,
) -> None:
    """Defines a flag for each field of a configuration, but for nested ones.

    Args:
      config: A dataclass with a comment over each field.
      choices: Allowed values of fields that are names, by field, where the field's
        type does not list them.
      skip: Fields that get no flag.
      by_preset: Whether a preset may set fields: flags then default to none.
    """
    comments = field_comments(config)
    for field, kind in _flagged_fields(config):
        if field.name in skip:
            continue
        default = None if by_preset else _default(field)
        text = comments[field.name]
        if by_preset:
            text += f" The preset's by default, or {_default(field)!r}."
        named = (choices or {}).get(field.name, get_args(kind))
        name = field.metadata.get("flag", field.name)
        is_literal = get_origin(kind) is Literal
        if (choices and field.name in choices) or is_literal:
            flags.DEFINE_enum(name, default, named, text)
        elif "parse" in field.metadata:
            flags.DEFINE_string(name, None if by_preset else "", text)
        elif kind is bool:
            flags.DEFINE_bool(name, default, text)
        elif kind is int:
            flags.DEFINE_integer(name, default, text)
        elif kind is float:
            flags.DEFINE_float(name, default, text)
        elif get_origin(kind) is tuple:
            shown = None if default is None else [str(value) for value in default]
            flags.DEFINE_list(name, shown, text)
        else:
            flags.DEFINE_string(name, default, text)


def given(config: type) -> dict[str, Any]:
    """Returns the fields that have a flag whose value is not none.

    Raises:
      UserError: If a text is none that the field's `parse` takes.
      flags.IllegalFlagValueError: If an item of a list has another type.
    """
    found = {}
    for field, kind in _flagged_fields(config):
        name = field.metadata.get("flag", field.name)
        if name not in flags.FLAGS:
            continue
        value = flags.FLAGS[name].value
        if value is None:
            continue
        if "parse" in field.metadata:
            value = field.metadata["parse"](value)
        elif get_origin(kind) is tuple:
            value = _items(name, value, get_args(kind)[0])
        found[field.name] = value
    return found


def read(config: type[T]) -> T:
    """Returns the configuration that the flags ask for."""
    return config(**given(config))


def field_comments(config: type) -> dict[str, str]:
    """Returns the comment over each field of a dataclass, as one line.

    Raises:
      ValueError: If a field has none.
    """
    source = textwrap.dedent(inspect.getsource(config))
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body[0].body:  # type: ignore[attr-defined]  # a class
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        first = node.lineno - 1
        while lines[first - 1].lstrip().startswith("#"):
            first -= 1
        comment = [line.strip().lstrip("# ") for line in lines[first : node.lineno - 1]]
        if not comment:
            raise ValueError(f"{config.__name__}.{node.target.id} has no comment")
        found[node.target.id] = " ".join(comment)
    return found


def _flagged_fields(config: type) -> list[tuple[dataclasses.Field[Any], Any]]:
    hints = get_type_hints(config)
    kinds = [(f, _without_none(hints[f.name])) for f in dataclasses.fields(config)]
    return [(f, kind) for f, kind in kinds if not dataclasses.is_dataclass(kind)]


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (kind for kind in get_args(hint) if kind is not type(None))
    return hint


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None


def _items(name: str, texts: Sequence[str], kind: type) -> tuple[Any, ...]:
    try:
        return tuple(kind(text) for text in texts)
    except ValueError as error:
        raise flags.IllegalFlagValueError(
            f"--{name} must be a list of {kind.__name__}, got {','.join(texts)}"
        ) from error

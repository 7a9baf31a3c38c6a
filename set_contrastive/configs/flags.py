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
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from absl import flags

from set_contrastive.base.errors import UserError

T = TypeVar("T")

flags.disclaim_key_flags()  # They belong to the command that calls `define`.


def define(
    config: type,
    *,
    choices: Mapping[str, Sequence[str] | Mapping[str, str]] | None = None,
    defaults: Mapping[str, Any] | None = None,
    hints: Mapping[str, str] | None = None,
    by_preset: bool = False,
    flag_values: flags.FlagValues = flags.FLAGS,
) -> None:
    """Defines a flag for each field of a configuration, but for nested ones.

    A flag is required if its field has no default, here or in a preset.

    Args:
      config: A dataclass with a comment over each field.
      choices: Allowed values of fields that are names, by field, where the field's
        type does not list them; if it is a mapping, with what each of them means.
      defaults: Defaults of fields that have none themselves.
      hints: What stands behind a field's comment, by field.
      by_preset: Whether a preset may set the fields: flags then default to none, which
        leaves a field to the preset.
      flag_values: Where to define them.

    Raises:
      ValueError: If a field has no comment.
    """
    choices, defaults, hints = choices or {}, defaults or {}, hints or {}
    comments = field_comments(config)
    for field, kind in _flagged_fields(config):
        name = field.metadata.get("flag", field.name)
        text = " ".join([comments[field.name], *hints.get(field.name, "").splitlines()])
        default = defaults.get(field.name, _default(field))
        left_to_user = not by_preset and field.name not in defaults
        if by_preset and field.name not in defaults:
            text += f" By default the preset's, or {_shown(default)}."
            default = None
        if field.name in choices:
            named = choices[field.name]
            if isinstance(named, Mapping):
                text += " " + "; ".join(f"{key}: {named[key]}" for key in named) + "."
            flags.DEFINE_enum(name, default, list(named), text, flag_values)
        elif get_origin(kind) is Literal:
            flags.DEFINE_enum(name, default, get_args(kind), text, flag_values)
        elif "parse" in field.metadata:
            flags.DEFINE_string(name, default or None, text, flag_values)
        elif get_origin(kind) is tuple:
            items = None if default is None else [str(value) for value in default]
            flags.DEFINE_list(name, items, text, flag_values)
        else:
            _DEFINE[kind](name, default, text, flag_values=flag_values)
        if left_to_user and _has_no_default(field):
            flags.mark_flag_as_required(name, flag_values)  # type: ignore[no-untyped-call]  # absl's.


_DEFINE: Mapping[Any, Callable[..., Any]] = {
    bool: flags.DEFINE_bool,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
}


def given(config: type, flag_values: flags.FlagValues = flags.FLAGS) -> dict[str, Any]:
    """Returns the fields that have a flag whose value is not none.

    Raises:
      UserError: If a text is none that the field's `parse` takes, or an item of a list
        has another type.
    """
    found = {}
    for field, kind in _flagged_fields(config):
        name = field.metadata.get("flag", field.name)
        value = flag_values[name].value
        if value is None:
            continue
        if "parse" in field.metadata:
            value = field.metadata["parse"](value)
        elif get_origin(kind) is tuple:
            value = _items(name, value, get_args(kind)[0])
        found[field.name] = value
    return found


def read(config: type[T], flag_values: flags.FlagValues = flags.FLAGS) -> T:
    """Returns the configuration that the flags ask for."""
    return config(**given(config, flag_values))


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


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return (
        field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    )


def _shown(default: Any) -> str:
    return "none" if default in ((), None, "") else str(default)


def _items(name: str, texts: Sequence[str], kind: type) -> tuple[Any, ...]:
    try:
        return tuple(kind(text) for text in texts)
    except ValueError as error:
        raise UserError(
            f"{name} must be a list of {kind.__name__}, got {','.join(texts)!r}"
        ) from error

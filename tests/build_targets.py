"""The targets of BUILD.

BUILD is Starlark, which is Python with less: it is run with rules that note what they
are called with.
"""

import ast
import dataclasses
import pathlib
import re
from collections.abc import Iterator

RULES = ("py_binary", "py_library", "py_test")
# What Python has and Starlark has not, or not in a BUILD file.
NOT_STARLARK = (
    *(ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.Import, ast.ImportFrom, ast.For),
    *(ast.While, ast.If, ast.Try, ast.With, ast.JoinedStr, ast.Starred, ast.Set),
    *(ast.GeneratorExp, ast.Is, ast.IsNot, ast.Pow, ast.Yield, ast.NamedExpr),
)


@dataclasses.dataclass(frozen=True)
class Target:
    """A target of BUILD; labels without the colon."""

    name: str
    rule: str
    srcs: tuple[str, ...] = ()
    deps: frozenset[str] = frozenset()

    @property
    def packages(self) -> set[str]:
        return {dep.removeprefix("@pypi//") for dep in self.deps if dep[0] == "@"}


def read_build(root: pathlib.Path) -> dict[str, Target]:
    """Returns the py_* targets, by name; all files in `srcs` are there."""
    text = (root / "BUILD").read_text()
    tree = ast.parse(text)
    found = [type(n).__name__ for n in ast.walk(tree) if isinstance(n, NOT_STARLARK)]
    assert not found, f"not Starlark: {found}"
    loaded = {"py_library": False, "py_binary": False, "py_test": False}
    targets: dict[str, Target] = {}
    here = sorted(files_of(root))

    def load(file, *names):
        assert names == (re.fullmatch(r"@rules_python//python:(\w+)\.bzl", file)[1],)
        loaded[names[0]] = True

    def glob(include, exclude=()):
        chosen = [re.compile(as_regular_expression(pattern)) for pattern in include]
        but = [re.compile(as_regular_expression(pattern)) for pattern in exclude]
        found = [
            file
            for file in here
            if any(pattern.fullmatch(file) for pattern in chosen)
            and not any(pattern.fullmatch(file) for pattern in but)
        ]
        assert found, f"glob finds no file: {include}"  # So does Bazel.
        return found

    def rule(kind):
        def note(name, srcs=(), deps=(), data=(), **_):
            assert loaded[kind], f"{kind} is not loaded"
            assert name not in targets, f"two targets named {name}"
            assert len(set(deps)) == len(deps), f"{name} has a dep twice"
            assert srcs or kind != "py_test", f"{name} tests nothing"
            missing = [file for file in srcs if not (root / file).is_file()]
            assert not missing, f"{name} has files that are not there: {missing}"
            labels = frozenset(dep.removeprefix(":") for dep in deps)
            targets[name] = Target(name, kind, tuple(srcs), labels)

        return note

    rules = {kind: rule(kind) for kind in RULES}
    nothing = {"package": lambda **_: None, "filegroup": lambda **_: None}
    names = {"__builtins__": {}, "load": load, "glob": glob, **rules, **nothing}
    exec(compile(tree, "BUILD", "exec"), names)
    return targets


def files_of(root: pathlib.Path) -> Iterator[str]:
    """Yields the files that Bazel sees, but for hidden ones."""
    ignored = root / ".bazelignore"
    hidden = set(ignored.read_text().split()) if ignored.exists() else set()
    for path in root.iterdir():
        if path.name[0] != "." and path.name not in hidden:
            inside = path.rglob("*") if path.is_dir() else [path]
            yield from (str(f.relative_to(root)) for f in inside if f.is_file())


def as_regular_expression(pattern: str) -> str:
    """Returns a glob of Bazel's, where `**` stands for folders, none or more."""
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern)
    return "".join(signs.get(part, re.escape(part)) for part in parts)

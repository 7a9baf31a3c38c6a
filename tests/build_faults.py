"""What BUILD lacks, and what it has too much.

Which file is where, and what it imports, is read from the files alone.
"""

import ast
import importlib.metadata
import itertools
import pathlib
import re
import sys
from collections.abc import Iterator

from tests.build_targets import Target
from tests.build_targets import read_build

FOLDERS = ("set_contrastive", "data_builders", "export", "benchmarks", "tests")
# Extras that benchmarks compare with, of 3 GB; the lock would force them on all.
UNLOCKED = {"onnxruntime", "tf2onnx", "torch"}


def modules(root: pathlib.Path) -> dict[str, str]:
    """Returns the file of each module: `a.b` -> `a/b.py` or `a/b/__init__.py`."""
    files = itertools.chain.from_iterable(
        (root / folder).rglob("*.py") for folder in FOLDERS
    )
    return {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): str(path)
        for path in sorted(file.relative_to(root) for file in files)
    }


def above(module: str) -> list[str]:
    """Returns the packages that a module is in."""
    return list(itertools.accumulate(module.split(".")[:-1], "{}.{}".format))


def imports(file: pathlib.Path, known: dict[str, str]) -> Iterator[str]:
    """Yields the names that a file imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module and not node.level, f"{file}: a relative import"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in known else node.module


def mentions(file: pathlib.Path, known: dict[str, str]) -> Iterator[str]:
    """Yields the modules that stand in a file as a text, to be run with `-m`."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            module = node.value.partition(":")[0]  # As in tests.tiny_study:STUDY.
            if "." in module and module in known:
                yield module


def package(module: str) -> str | None:
    """Returns the package of PyPI that has a module; none if Python itself has it."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return None
    if module.startswith("google.protobuf"):
        return "protobuf"  # Many packages have a part of `google`.
    found = {normalized(name) for name in DISTRIBUTIONS.get(top, [top])}
    assert len(found) == 1, f"{module} may be any of {found}"
    return found.pop()


def normalized(requirement: str) -> str:
    name = re.split(r"[\s<>=~!;\[#]", requirement)[0]
    return re.sub(r"[-_.]+", "_", name).lower()


DISTRIBUTIONS = importlib.metadata.packages_distributions()


def faults(root: pathlib.Path) -> list[str]:
    """Returns what BUILD lacks, and what it has too much, a line each."""
    targets = read_build(root)
    known = modules(root)
    owners: dict[str, list[str]] = {file: [] for file in known.values()}
    for target in targets.values():
        for file in target.srcs:
            owners.setdefault(file, []).append(target.name)
    lost = [
        f"{file} is in the targets {names}, not in one"
        for file, names in owners.items()
        if len(names) != 1
    ]
    if lost:
        return lost
    owner = {module: owners[file][0] for module, file in known.items()}
    return [
        line
        for target in targets.values()
        for line in faults_of(target, targets, owner, known, root)
    ]


def faults_of(
    target: Target,
    targets: dict[str, Target],
    owner: dict[str, str],
    known: dict[str, str],
    root: pathlib.Path,
) -> Iterator[str]:
    """Yields what one target lacks, and which of its deps nothing needs."""
    if not target.srcs:
        return  # It gives other targets a name for several packages.
    is_test = target.rule == "py_test"
    used = {"@pypi//pytest"} if is_test else set()
    lacks: dict[str, set[str]] = {}
    for module in (module for module, name in owner.items() if name == target.name):
        file = root / known[module]
        here = set(above(module))
        needed = set(imports(file, known))
        if target.rule != "py_library":  # A program or test runs what it mentions.
            needed |= set(mentions(file, known))
        if is_test:
            needed |= {f"{folder}.conftest" for folder in here} & known.keys()
        for name in needed | (here & known.keys()):
            labels = labels_of(name, targets, owner)
            used |= labels
            if name in needed and not labels & {*target.deps, target.name, ""}:
                lacks.setdefault(max(labels), set()).add(known[module])
    for label, files in sorted(lacks.items()):
        yield f"{target.name} lacks {label}, for {', '.join(sorted(files))}"
    # A program may need what the rooms that it stands on mention.
    for module, name in owner.items():
        if name in target.deps or name == target.name:
            used |= {owner[found] for found in mentions(root / known[module], known)}
    for dep in sorted(target.deps - used):
        yield f"{target.name} has {dep}, but nothing needs it"


def labels_of(name: str, targets: dict[str, Target], owner: dict[str, str]) -> set[str]:
    """Returns the deps that bring what a file imports; `""` if none is needed."""
    inside = next((n for n in (name, *above(name)[::-1]) if n in owner), None)
    if inside is not None:
        return {owner[inside]}
    found = package(name)
    if found is None or found in UNLOCKED:
        return {""}
    own = f"@pypi//{found}"  # Or a name for several packages.
    return {own} | {t.name for t in targets.values() if not t.srcs and own in t.deps}

"""Holds BUILD against the files, without Bazel: nothing here writes BUILD.

BUILD is Starlark, which is Python with less: it is run with rules that note what they
are called with. Which file is where, and what it imports, is read from the files alone.
"""

import ast
import dataclasses
import graphlib
import importlib.metadata
import itertools
import pathlib
import re
import sys
import tomllib
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).parents[1]
FOLDERS = ("set_contrastive", "data_builders", "export", "benchmarks", "tests")
RULES = ("py_binary", "py_library", "py_test")
# Extras that benchmarks compare with, of 3 GB; the lock would force them on all.
UNLOCKED = {"onnxruntime", "tf2onnx", "torch"}
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


def test_every_file_is_in_one_target_which_names_what_it_imports():
    found = faults(ROOT)
    assert not found, "\n" + "\n".join(found)


def test_packages_above_a_file_come_with_its_target():
    """Importing `a.b.c` runs `a/__init__.py` first."""
    targets = read_build(ROOT)
    known = modules(ROOT)
    owner = {file: t.name for t in targets.values() for file in t.srcs}
    reached = {name: {name} for name in targets}
    order = graphlib.TopologicalSorter({n: t.deps for n, t in targets.items()})
    for name in order.static_order():  # Raises an error if there is a cycle.
        for dep in targets[name].deps if name in targets else ():
            reached[name] |= reached.get(dep, set())
    for module, file in known.items():
        parents = {owner[known[name]] for name in above(module) if name in known}
        assert parents <= reached[owner[file]], f"{file} comes without its package"


def test_build_is_short_and_each_room_is_one_target():
    assert len((ROOT / "BUILD").read_text().splitlines()) < 200
    targets = read_build(ROOT)
    for folder in (ROOT / "set_contrastive").iterdir():
        files = {str(file.relative_to(ROOT)) for file in folder.rglob("*.py")}
        if files:
            assert set(targets[folder.name].srcs) == files


def test_third_party_packages_are_direct_and_locked():
    targets = read_build(ROOT)
    used = set().union(*(target.packages for target in targets.values()))
    assert used <= locked("requirements.in")
    assert locked("requirements.in") <= locked("requirements.txt")


def test_pyproject_names_the_direct_requirements():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = itertools.chain.from_iterable(project["optional-dependencies"].values())
    named = {normalized(line) for line in (*project["dependencies"], *extras)}
    assert named - {project["name"]} - UNLOCKED == locked("requirements.in")
    assert UNLOCKED <= named


def locked(file: str) -> set[str]:
    """Returns the names in a requirements file, as labels spell them."""
    lines = (ROOT / file).read_text().splitlines()
    return {normalized(line) for line in lines if re.match(r"[A-Za-z]", line)}


SMALL_BUILD = """
load("@rules_python//python:py_library.bzl", "py_library")
load("@rules_python//python:py_test.bzl", "py_test")
[
    py_library(name = room, srcs = glob(["export/" + room + "/*.py"]), deps = deps)
    for room, deps in {
        "low": ["@pypi//numpy", ":both"],
        "high": [":low"],
    }.items()
]
py_library(name = "both", deps = ["@pypi//absl_py", "@pypi//keras"])
py_library(name = "helpers", srcs = ["tests/conftest.py"], deps = ["@pypi//pytest"])
py_test(
    name = "test",
    srcs = glob(["tests/**/*_test.py"]),
    deps = [":helpers", ":high", "@pypi//pytest"],
)
"""


@pytest.fixture
def small_tree(tmp_path):
    """Two rooms and a test, with a BUILD that has no fault."""
    files = {
        "BUILD": SMALL_BUILD,
        "export/low/a.py": "import os\nimport numpy.linalg\n",
        "export/low/b.py": "def f():\n    from absl import flags\n    import torch\n",
        "export/high/c.py": "from export.low import a\n",
        "tests/conftest.py": "import pytest\n",
        "tests/high/c_test.py": 'run("-m", "export.high.c")\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_build_without_fault_has_none(small_tree):
    assert faults(small_tree) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("export/new.py", "", "", "export/new.py is in the targets [], not in one"),
        (
            "BUILD",
            'srcs = ["tests/conftest.py"]',
            'srcs = ["tests/conftest.py", "export/low/a.py"]',
            "export/low/a.py is in the targets ['low', 'helpers'], not in one",
        ),
        ("BUILD", '"@pypi//numpy", ', "", "low lacks @pypi//numpy, for export/low/a"),
        ("BUILD", '[":low"]', "[]", "high lacks low, for export/high/c.py"),
        ("BUILD", '":high", ', "", "test lacks high, for tests/high/c_test.py"),
        ("BUILD", '":helpers", ', "", "test lacks helpers, for tests/high/c_test"),
        ("export/high/c.py", " a\n", " a\nimport scipy\n", "high lacks @pypi//scipy"),
        ("export/high/c.py", "from", "#", "high has low, but nothing needs it"),
        ("export/low/a.py", "import numpy", "#", "low has @pypi//numpy, but nothing"),
        ("export/low/b.py", "from absl", "#", "low has both, but nothing needs it"),
    ],
)
def test_faults_are_found(small_tree, file, old, new, fault):
    path = small_tree / file
    text = path.read_text() if path.exists() else ""
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert [line for line in faults(small_tree) if line.startswith(fault)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"tests/conftest.py"', '"tests/gone.py"', "files that are not there"),
        ('"export/" + room + "/*.py"', '"export/" + room + "/*.txt"', "no file"),
        ('name = "both"', 'name = "low"', "two targets named low"),
        ('load("@rules_python//python:py_test.bzl", "py_test")', "", "not loaded"),
        ("py_library(name =", "import os\npy_library(name =", "not Starlark"),
        ('[":helpers", ":high"', '[":high", ":high"', "test has a dep twice"),
    ],
)
def test_what_bazel_would_refuse_is_refused(small_tree, old, new, message):
    build = small_tree / "BUILD"
    text = build.read_text()
    assert old in text
    last = text.rpartition(old)
    build.write_text(last[0] + new + last[2])
    with pytest.raises(AssertionError, match=message):
        read_build(small_tree)

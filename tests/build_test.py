"""Keeps BUILD true to the tree, without Bazel.

Each Python file is the source of one target named after it (a package's `__init__.py`
is named after the package), and the target's deps are what the file needs: its own
package, what it imports, the modules that it runs with `-m`, and for a test pytest and
the conftest.py files above it.

When a check fails, `.venv/bin/python tests/build_test.py` rewrites the py_* targets of
BUILD. It keeps attributes that it does not know, such as `data` and `size`, which must
be literals: a glob belongs in a filegroup above.
"""

import ast
import graphlib
import itertools
import pathlib
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping

import pytest

ROOT = pathlib.Path(__file__).parents[1]
FOLDERS = ("set_contrastive", "data_builders", "export", "tests", "benchmarks")

# Names under which packages are installed, where they differ from the import.
DISTRIBUTIONS = {
    "absl": "absl_py",
    "faiss": "faiss_cpu",
    "google": "protobuf",
    "grpc": "grpcio",
    "tensorflow_serving": "tensorflow_serving_api",
}

# Extras that benchmarks compare with, of 3 GB; the lock would force them on all.
UNLOCKED = {"onnxruntime", "tf2onnx", "torch"}

# What packages need to run but do not declare.
UNDECLARED = {
    "keras": ("tensorflow",),
    "tensorboard": ("tensorflow",),
    "tensorflow_datasets": (
        "apache_beam",
        "importlib_resources",
        "mlcroissant",
        "tensorflow",
    ),
}

# Attributes in buildifier's order; deps come last, all others between, by name.
FIRST = ("name", "size", "timeout", "srcs")

Target = dict[str, object]


def modules(root: pathlib.Path) -> dict[str, str]:
    """Returns the file of each module: `a.b` -> `a/b.py` or `a/b/__init__.py`."""
    files = itertools.chain.from_iterable(
        (root / folder).rglob("*.py") for folder in FOLDERS
    )
    return {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): str(path)
        for path in sorted(file.relative_to(root) for file in files)
    }


def label(module: str) -> str:
    return ":" + module.replace(".", "/")


def ancestors(module: str) -> list[str]:
    """Returns the packages that a module is in, the nearest first."""
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]


def needs(module: str, tree: ast.Module, known: Mapping[str, str]) -> Iterator[str]:
    """Yields the dotted names that a file imports or runs."""
    package = module if known[module].endswith("__init__.py") else ancestors(module)[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                [package, *ancestors(package)][node.level - 1] if node.level else None
            )
            source = ".".join(filter(None, (base, node.module)))
            for alias in node.names:
                name = f"{source}.{alias.name}"
                yield name if name in known else source
        elif isinstance(node, ast.Tuple | ast.List | ast.Call):
            values = node.args if isinstance(node, ast.Call) else node.elts
            texts = [v.value if isinstance(v, ast.Constant) else None for v in values]
            for option, argument in itertools.pairwise(texts):
                if option == "-m" and isinstance(argument, str):
                    yield argument


def third_party(name: str) -> set[str]:
    """Returns the labels of an imported package; none for the standard library."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names:
        return set()
    wanted = {DISTRIBUTIONS.get(top, top), *UNDECLARED.get(top, ())}
    return {f"@pypi//{package}" for package in wanted - UNLOCKED}


def expected_targets(root: pathlib.Path) -> dict[str, Target]:
    """Returns the targets that the tree calls for, by name."""
    known = modules(root)
    targets = {}
    for module, file in known.items():
        text = (root / file).read_text()
        tree = ast.parse(text, file)
        is_test = file.startswith("tests/") and file.endswith("_test.py")
        deps = {label(p) for p in ancestors(module)[:1] if p in known}
        for name in needs(module, tree, known):
            inside = next((n for n in (name, *ancestors(name)) if n in known), None)
            deps |= third_party(name) if inside is None else {label(inside)}
        if is_test:
            conftests = (f"{package}.conftest" for package in ancestors(module))
            deps |= {label(name) for name in conftests if name in known}
            deps.add("@pypi//pytest")
        is_program = '\nif __name__ == "__main__":\n' in text
        target: Target = {
            "kind": ("py_library", "py_binary")[is_program],
            "name": label(module)[1:],
            "srcs": [file],
            "deps": sorted(deps - {label(module)}),
        }
        if is_test:
            target |= {"kind": "py_test", "main_module": "pytest"}
            # A sandbox is no place to write a cache.
            target["args"] = ["-pno:cacheprovider", file]
        targets[module.replace(".", "/")] = target
    return targets


def parse(text: str) -> tuple[str, list[Target]]:
    """Returns what stands before the first py_* target, and those targets."""
    calls = [s.value for s in ast.parse(text).body if isinstance(s, ast.Expr)]
    found = [
        call
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id.startswith("py_")
    ]
    lines = text.splitlines(keepends=True)
    head = "".join(lines[: found[0].lineno - 1] if found else lines)
    return head, [
        {"kind": ast.unparse(call.func)}
        | {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
        for call in found
    ]


def render(target: Target) -> str:
    """Returns a target as buildifier formats it."""
    middle = sorted(target.keys() - {"kind", "deps", *FIRST})
    lines = [f"{target['kind']}("]
    for name in (*FIRST, *middle, "deps"):
        value = target.get(name)
        if isinstance(value, list) and len(value) > 1:
            items = [f"        {quote(item)},\n" for item in value]
            lines.append(f"    {name} = [\n{''.join(items)}    ],")
        elif value:
            lines.append(f"    {name} = {quote(value)},")
    return "\n".join([*lines, ")\n"])


def quote(value: object) -> str:
    return repr(value).replace("'", '"')


def merged(wanted: Target, present: Target | None) -> Target:
    """Adds the attributes that only BUILD knows of."""
    kept = {"kind", "name", "srcs", "deps", "main_module", "args"}
    extra = {k: v for k, v in (present or {}).items() if k not in kept}
    return {**wanted, **extra}


def rewritten(root: pathlib.Path) -> str:
    """Returns BUILD as it should be."""
    head, present = parse((root / "BUILD").read_text())
    by_name = {target["name"]: target for target in present}
    wanted = expected_targets(root)
    texts = [render(merged(wanted[name], by_name.get(name))) for name in sorted(wanted)]
    return head + "\n".join(texts)


def differences(root: pathlib.Path) -> list[str]:
    """Returns what to change in BUILD, target by target."""
    _, present = parse((root / "BUILD").read_text())
    by_name = {target["name"]: target for target in present}
    wanted = expected_targets(root)
    return [
        *(f"remove the target {name}" for name in by_name if name not in wanted),
        *(f"add\n{render(wanted[n])}" for n in wanted if n not in by_name),
        *(
            f"change the target {name} to\n{render(changed)}"
            for name, target in wanted.items()
            if name in by_name
            and (changed := merged(target, by_name[name]))
            and render(changed) != render(by_name[name])
        ),
    ]


def locked(file: str) -> set[str]:
    """Returns the names in a requirements file, as labels spell them."""
    lines = (ROOT / file).read_text().splitlines()
    return {normalized(line) for line in lines if re.match(r"[A-Za-z]", line)}


def normalized(requirement: str) -> str:
    name = re.split(r"[\s<>=~!;\[#]", requirement)[0]
    return re.sub(r"[-_.]+", "_", name).lower()


HEAD, TARGETS = parse((ROOT / "BUILD").read_text())


def deps(target: Target) -> list[str]:
    found = target.get("deps", [])
    assert isinstance(found, list)
    return found


def test_targets_are_those_of_the_tree():
    if found := differences(ROOT):
        advice = "mend BUILD by hand, or with .venv/bin/python tests/build_test.py"
        pytest.fail("\n".join([advice, *found]), pytrace=False)


def test_no_target_or_file_stands_twice():
    for attribute in ("name", "srcs"):
        values = [str(target[attribute]) for target in TARGETS]
        assert sorted(values) == sorted(set(values))


def test_labels_lead_somewhere():
    names = {f":{target['name']}" for target in TARGETS}
    names |= {f":{name}" for name in re.findall(r'\bname = "(.*)"', HEAD)}
    for target in TARGETS:
        data = target.get("data", [])
        assert isinstance(data, list)
        missing = [d for d in deps(target) if d[0] != "@" and d not in names]
        missing += [d for d in data if d not in names and not (ROOT / d).is_file()]
        assert not missing, f"{target['name']} names what does not exist"


def test_targets_form_no_cycle():
    graph = {f":{target['name']}": deps(target) for target in TARGETS}
    graphlib.TopologicalSorter(graph).prepare()


def test_rules_are_loaded():
    loaded = dict(
        re.findall(r'load\("@rules_python//python:(.*)\.bzl", "(.*)"\)', HEAD)
    )
    assert loaded == {kind: kind for kind in {t["kind"] for t in TARGETS}}


def test_third_party_packages_are_direct_and_locked():
    used = {d.removeprefix("@pypi//") for t in TARGETS for d in deps(t) if d[0] == "@"}
    assert used <= locked("requirements.in")
    assert locked("requirements.in") <= locked("requirements.txt")


def test_pyproject_names_the_direct_requirements():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = itertools.chain.from_iterable(project["optional-dependencies"].values())
    named = {normalized(line) for line in (*project["dependencies"], *extras)}
    assert named - {project["name"]} - UNLOCKED == locked("requirements.in")
    assert UNLOCKED <= named


@pytest.fixture
def small_tree(tmp_path):
    """A package, a program that runs another, and a test below a conftest.py."""
    files = {
        "BUILD": "",
        "export/__init__.py": "",
        "export/a.py": "import os\nimport numpy.linalg\nfrom export import b\n",
        "export/b.py": "def f():\n    from absl import flags\n",
        "export/c.py": (
            'from . import a\nrun("-m", "export.a")\n'
            'if __name__ == "__main__":\n    pass\n'
        ),
        "tests/conftest.py": "import keras\n",
        "tests/export/a_test.py": "from export.a import name\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_expected_targets_of_a_small_tree(small_tree):
    wanted = expected_targets(small_tree)
    assert {name: (t["kind"], t["deps"]) for name, t in wanted.items()} == {
        "export": ("py_library", []),
        "export/a": ("py_library", [":export", ":export/b", "@pypi//numpy"]),
        "export/b": ("py_library", [":export", "@pypi//absl_py"]),
        "export/c": ("py_binary", [":export", ":export/a"]),
        "tests/conftest": ("py_library", ["@pypi//keras", "@pypi//tensorflow"]),
        "tests/export/a_test": (
            "py_test",
            [":export/a", ":tests/conftest", "@pypi//pytest"],
        ),
    }


def test_rewriting_mends_and_keeps_what_it_does_not_know(small_tree):
    build = small_tree / "BUILD"
    build.write_text("# Head.\n" + rewritten(small_tree))
    assert not differences(small_tree)
    (small_tree / "export/b.py").write_text("")
    text = build.read_text().replace(
        '    srcs = ["export/b.py"],', '    srcs = ["export/b.py"],\n    data = ["x"],'
    )
    build.write_text(text.replace("a_test", "old_test"))
    assert [text.split("\n")[0] for text in differences(small_tree)] == [
        "remove the target tests/export/old_test",
        "add",
        "change the target export/b to",
    ]
    build.write_text(rewritten(small_tree))
    assert not differences(small_tree)
    assert build.read_text().startswith("# Head.\n")
    assert 'data = ["x"]' in build.read_text()


if __name__ == "__main__":
    (ROOT / "BUILD").write_text(rewritten(ROOT))

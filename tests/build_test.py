"""Holds BUILD against the files, without Bazel: nothing here writes BUILD."""

import graphlib
import itertools
import pathlib
import re
import tomllib

from tests.build_faults import UNLOCKED
from tests.build_faults import above
from tests.build_faults import faults
from tests.build_faults import modules
from tests.build_faults import normalized
from tests.build_targets import read_build

ROOT = pathlib.Path(__file__).parents[1]


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

"""Every tool has its command, its flags and its place in the report."""

import dataclasses
import importlib
import pathlib

import pytest

from set_contrastive.configs import flags
from set_contrastive.theory import registry

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "set_contrastive" / "theory"


def test_each_module_with_a_record_has_a_line():
    modules = {
        path.stem
        for path in FOLDER.glob("*.py")
        if path.stem != "tool" and "tool.Tool(" in path.read_text()
    }
    names = [tool.name for tool in registry.TOOLS]
    assert sorted(modules) == sorted(names) and len(names) == 5


@pytest.mark.parametrize("tool", registry.TOOLS, ids=lambda tool: tool.name)
def test_a_tool_is_the_command_of_its_name(tool):
    module = importlib.import_module(f"set_contrastive.theory.{tool.name}")
    assert module.TOOL is tool
    assert f"python -m set_contrastive.theory.{tool.name}" in module.__doc__
    assert (
        'if __name__ == "__main__":\n    tool.run(TOOL)'
        in (FOLDER / f"{tool.name}.py").read_text()
    )
    # Its options can be read without any flag, and each says what it is.
    fields = {field.name for field in dataclasses.fields(tool.options)}
    assert set(flags.field_comments(tool.options)) == fields
    assert fields >= set(tool.choices) and tool.options()


def test_every_result_of_the_docs_has_one_place_in_the_report():
    prefixes = [topic.prefix for tool in registry.TOOLS for topic in tool.topics]
    results = (ROOT / "docs" / "results" / "theory").glob("*.json")
    for name in (path.stem for path in results):
        places = sum(name.startswith(prefix) for prefix in prefixes)
        assert places == (name != "free_embedding_paths"), name

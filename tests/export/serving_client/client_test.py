"""Tests of the client's command, as a user types it."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.export.serving_client.questions import GAME
from tests.export.serving_client.questions import TEXTS


def test_the_command_prints_the_best_keys(command, expected):
    """By REST; docs_test.py runs it by gRPC, which takes seconds to start."""
    done = command("rest", f"--query={TEXTS[0]}", "--top=3")
    assert (done.returncode, done.stderr) == (0, "")
    best = expected.keys[0][:3]
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["key", "probability"],
        *([GAME.keys[k], f"{expected.probabilities[0][k]:.4f}"] for k in best),
    ]


def test_the_command_answers_a_file_line_by_line(command, behave, expected, tmp_path):
    (tmp_path / "queries.txt").write_text("\n".join(TEXTS))
    predictions = behave()
    file = f"--queries_file={tmp_path / 'queries.txt'}"
    done = command("rest", file, "--batch_size=2", "--output_format=json", "--top=4")
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["query"] for line in found] == TEXTS
    assert [line["keys"] for line in found] == expected.keys[:, :4].tolist()
    assert {len(line["probabilities"]) for line in found} == {4}
    assert predictions() == 3
    table = command("rest", file, "--top=1").stdout.split("\n\n")
    assert [part.splitlines()[0] for part in table[:-1]] == TEXTS


# What is wrong, the arguments, and what the one line must say.
_BAD_INPUT = {
    "query": (["--query={bad}"], "query: refused by model=union_27: assertion failed"),
    "token": (["--query={bad}"], "got] [green-*-hexagon"),
    "no query": ([], "expected one of query and queries_file, got neither"),
    "two queries": (["--query=a", "--queries_file=b"], "queries_file, got both"),
    "file": (["--queries_file={tmp}/none"], "queries_file={tmp}/none: No such file"),
    "line": (
        ["--queries_file={tmp}/bad.txt", "--batch_size=2"],
        "queries_file={tmp}/bad.txt, lines 3 to 4: refused by model=union_27",
    ),
    "target": (["--query=a", "--target=localhost"], "target must look like localhost:"),
    "host": (
        ["--query=a", "--target=nowhere.invalid:1"],
        "cannot find nowhere.invalid",
    ),
    "no host": (["--query=a", "--target=a..b:1"], "cannot find a..b: "),
    "not REST": (["--query=a", "--target=localhost:{grpc}"], "is it the REST port?"),
    "signature": (["--query=a", "--signature=x"], "signature=x: expected one of"),
    "versions": (
        ["--query=a", "--version=1", "--version_label=a"],
        "of version and",
    ),
    "tls_ca": (["--query=a", "--tls", "--tls_ca={tmp}/bad.txt"], "certificates in PEM"),
    "no tls": (["--query=a", "--tls_ca={tmp}/bad.txt"], "tls_ca={tmp}/bad.txt needs"),
    "retries": (["--query=a", "--retries=-1"], "retries"),
}


@pytest.fixture(scope="module")
def bad(ports, tmp_path_factory):
    tmp = tmp_path_factory.mktemp("bad")
    query = TEXTS[0].replace(TEXTS[0].split()[1], "green-*-hexagon", 1)
    (tmp / "bad.txt").write_text("\n".join([*TEXTS[:2], query, *TEXTS[3:]]) + "\n")
    return {"tmp": tmp, "bad": query, "grpc": ports["grpc"]}


@pytest.mark.parametrize("case", _BAD_INPUT)
def test_bad_input_ends_with_one_line_and_exit_code_1(case, command, bad):
    arguments, said = _BAD_INPUT[case]
    done = command("rest", *(part.format(**bad) for part in arguments))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "error: " in done.stderr and said.format(**bad) in done.stderr
    # Answers to earlier lines stand; all others print nothing.
    assert done.stdout.count("key ") == (2 if case == "line" else 0)


def test_a_reader_that_has_enough_ends_it_without_a_word(ports, tmp_path):
    file = tmp_path / "queries.txt"
    file.write_text("\n".join(TEXTS * 40))
    reader, writer = os.pipe()
    arguments = [f"--target=localhost:{ports['rest']}", "--protocol=rest"]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "export.client", "--model=union_27"),
            *(*arguments, f"--queries_file={file}", "--top=27"),
        ],
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert os.read(reader, 1)  # As `head -c 1`.
    os.close(reader)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (128 + signal.SIGPIPE, b"")


def test_help_tells_a_stranger_what_to_type(command):
    output = command("rest", "--help").stdout
    assert "python -m export.client" in output and "--queries_file" in output

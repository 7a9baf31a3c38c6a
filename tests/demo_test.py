"""Tests of the demo's own part: order, going on, failing, the picture."""

import json
import pathlib

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.base.result import Result
from set_contrastive.engines import steps as engine
from set_contrastive.reporting import demo_picture
from set_contrastive.studies import demo
from set_contrastive.studies import demo_steps

_WRITE = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"


def _step(folder, name, content="done"):
    file = folder / name
    return demo_steps.Step(
        f"Make {name}", ("-c", _WRITE, str(file), content), 1.0, (file,)
    )


@pytest.mark.parametrize("played", [demo.FULL, demo.QUICK], ids=lambda d: d.game)
def test_steps_go_from_game_to_scored_query(tmp_path, played):
    commands = [" ".join(step.arguments) for step in demo_steps.steps(played, tmp_path)]
    order = ("build", f"sweep --study={played.name} ", "free_embedding")
    for command, word in zip(commands, (*order, "export", "score"), strict=True):
        assert word in command
    titles = [contestant.title for contestant in played.contestants]
    low, high = played.dims
    assert titles == [f"two-tower d = {low}", f"two-tower d = {high}", "cross-encoder"]


def test_a_step_is_done_when_all_that_it_makes_is_there(tmp_path, capfd):
    files = (tmp_path / "a", tmp_path / "b")
    step = demo_steps.Step("Make b", ("-c", _WRITE, str(files[1]), "done"), 1.0, files)
    files[0].write_text("mine")
    engine.run([step])
    engine.run([step])
    assert files[1].read_text() == "done"
    assert capfd.readouterr().out.count("Make b: done before") == 1


def test_what_is_there_is_not_made_again(tmp_path, capfd):
    steps = [_step(tmp_path, "a"), _step(tmp_path, "b")]
    (tmp_path / "a").write_text("mine")
    engine.run(steps)
    assert (tmp_path / "a").read_text() == "mine"
    assert (tmp_path / "b").read_text() == "done"
    output = capfd.readouterr().out
    assert "[1/2] Make a: done before" in output
    assert "[2/2] Make b" in output and "1.0 min left" in output


def test_a_step_that_fails_is_named_and_later_ones_wait(tmp_path):
    bad = demo_steps.Step("Break", ("-c", "raise SystemExit(3)"), 1.0)
    with pytest.raises(UserError, match=r"step 2 \(Break\).*exit code 3"):
        engine.run([_step(tmp_path, "a"), bad, _step(tmp_path, "b")])
    assert (tmp_path / "a").exists() and not (tmp_path / "b").exists()


def test_the_picture_and_the_table_show_each_model(tmp_path, capfd):
    for number, contestant in enumerate(demo.FULL.contestants):
        folder = tmp_path / contestant.folder
        folder.mkdir(parents=True)
        metrics = {
            "kl_nats": 0.5 / 10**number,
            "top_k_overlap": 0.75,
            "num_params": 1234,
        }
        (tmp_path / folder / "metrics.json").write_text(json.dumps(metrics))
    floors = ({"vector_dim": 4, "kl_nats": 0.4}, {"vector_dim": 27, "kl_nats": 0.0})
    folder = tmp_path / "theory" / "union_27"
    Result("free_embedding_floors", "", "", floors, {}).save(folder)
    path = demo_picture.draw(demo.FULL, tmp_path)
    assert path.read_bytes().startswith(b"\x89PNG")
    rows = [
        line.split() for line in capfd.readouterr().out.splitlines() if "1,234" in line
    ]
    assert [row[-3:] for row in rows] == [
        ["0.50000", "0.40000", "0.7500"],
        ["0.05000", "0.00000", "0.7500"],
        ["1,234", "0.00500", "0.7500"],
    ]


def test_what_one_demo_makes_is_not_taken_for_the_others(tmp_path):
    # Both write to the same folder by default.
    full, quick = (
        {path for step in demo_steps.steps(played, tmp_path) for path in step.makes}
        for played in (demo.FULL, demo.QUICK)
    )
    assert not full & quick


def test_queries_of_the_demo_are_queries_of_its_games():
    from set_contrastive.games import registry

    for played in (demo.FULL, demo.QUICK):
        (argument,) = [
            argument
            for argument in demo_steps.steps(played, pathlib.Path("demo"))[-1].arguments
            if argument.startswith("--query=")
        ]
        registry.get(played.game).parse(argument.removeprefix("--query="))

"""Data sets that hold another game than the one asked for, with the real builder."""

import importlib
import json

import pytest

from data_builders.card_games.card_games_dataset_builder import Builder
from data_builders.card_games.card_games_dataset_builder import CardGamesConfig
from set_contrastive.base.errors import UserError
from set_contrastive.data import agreement
from set_contrastive.data import prepared_data
from set_contrastive.games import registry

# Two games of one name whose answers differ; the second says that it is union_27.
OWN_GAMES = """
import numpy as np

from set_contrastive.games.set_games import SetGame

NAME = __name__
STRICT = False

class Pairs(SetGame):
    def __init__(self):
        super().__init__("pairs", num_pairs=2, source=f"{NAME}:Pairs")

    def answer(self, queries):
        mask = super().answer(queries)
        if STRICT:  # The query that is wrong first has a large number.
            mask = mask & (queries[:, :1] != 1)
        return mask

class Other(SetGame):
    def __init__(self):
        super().__init__("pairs", num_pairs=2, source=f"{NAME}:Other")

class Inverse(SetGame):
    def __init__(self):
        super().__init__("union_27", num_pairs=8, wildcards="second")

    def answer(self, queries):
        return ~super().answer(queries)
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """An imported module of games of one's own."""
    name = f"own_games_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(OWN_GAMES)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


def build(folder, name, game):
    config = CardGamesConfig(name=name, game=game, train_size=2_000)
    Builder(config=config, data_dir=folder).download_and_prepare()
    return str(folder)


def rewrite_metadata(data_dir, name, **changed):
    """Changes what a data set says of its game."""
    folder = prepared_data.folder_of(data_dir, name)
    path = folder / "1.0.0" / "metadata.json"
    metadata = json.loads(path.read_text())
    metadata["game"] |= changed
    path.write_text(json.dumps(metadata))


@pytest.mark.parametrize(
    ("game", "name", "source"),
    [
        ("wildcard_27", "wildcard_27", "wildcard_27"),
        ("union_27_small", "union_27_small", "union_27"),
    ],
)
def test_a_data_set_and_its_game_agree(data_dir, game, name, source):
    spec, rules = agreement.game_of(data_dir, game)
    assert (spec.name, spec.source) == (name, source)
    assert rules is registry.get(source)
    agreement.check_run(data_dir, spec)
    agreement.check_run(data_dir, spec, source)


def test_a_game_of_ones_own_agrees(own, tmp_path):
    game = f"{own.__name__}:Pairs"
    data_dir = build(tmp_path / "data", "pairs", game)
    spec, rules = agreement.game_of(data_dir, game)
    assert rules is registry.get(game)
    agreement.check_run(data_dir, spec, game)


def test_a_data_set_of_another_game_of_that_name_is_refused(own, tmp_path):
    data_dir = build(tmp_path / "data", "pairs", f"{own.__name__}:Pairs")
    with pytest.raises(UserError) as caught:
        agreement.game_of(data_dir, f"{own.__name__}:Other")
    message = str(caught.value)
    assert f"data set pairs in data_dir={data_dir} was built from the game" in message
    assert f"'{own.__name__}:Pairs', asked was '{own.__name__}:Other'" in message
    assert len(message.splitlines()) == 1


def test_rules_that_have_changed_are_refused(own, tmp_path, monkeypatch):
    game = f"{own.__name__}:Pairs"
    data_dir = build(tmp_path / "data", "pairs", game)
    spec, _ = agreement.game_of(data_dir, game)
    monkeypatch.setattr(own, "STRICT", True)
    for check in (
        lambda: agreement.game_of(data_dir, game),
        lambda: agreement.check_run(data_dir, spec, game),
    ):
        with pytest.raises(UserError) as caught:
            check()
        message = str(caught.value)
        assert f"data set pairs in data_dir={data_dir} has other matching" in message
        assert f"than the game '{game}' gives to the query" in message
        assert len(message.splitlines()) == 1
    # Only what the user names is imported, so the rules are not looked at here.
    agreement.check_run(data_dir, spec)


def test_rules_of_a_registered_game_are_compared_too(own, tmp_path):
    data_dir = build(tmp_path / "data", "union_27_mine", f"{own.__name__}:Inverse")
    spec = prepared_data.read_spec(data_dir, "union_27_mine")
    assert spec.source == "union_27"
    for check in (
        lambda: agreement.game_of(data_dir, "union_27_mine"),
        lambda: agreement.check_run(data_dir, spec),
    ):
        with pytest.raises(UserError, match="other matching keys than .* 'union_27'"):
            check()


def test_a_specification_that_has_changed_is_refused(own, tmp_path):
    data_dir = build(tmp_path / "data", "set_27_mine", "set_27")
    trained = prepared_data.read_spec(data_dir, "set_27_mine")
    rewrite_metadata(data_dir, "set_27_mine", keys=list("x" * 27))
    with pytest.raises(UserError, match="differs from the game 'set_27' in keys: "):
        agreement.game_of(data_dir, "set_27_mine")
    with pytest.raises(UserError, match="'set_27'; they differ in keys$"):
        agreement.check_run(data_dir, trained)


def test_a_run_is_not_measured_on_another_game(own, tmp_path):
    games = [f"{own.__name__}:{name}" for name in ("Pairs", "Other")]
    theirs = [build(tmp_path / game, "pairs", game) for game in games]
    trained = prepared_data.read_spec(theirs[0], "pairs")
    with pytest.raises(UserError, match=r"Other' and the run is of .*:Pairs'; they "):
        agreement.check_run(theirs[1], trained)
    with pytest.raises(UserError, match=r"the game .*:Pairs', asked was .*:Other'"):
        agreement.check_run(theirs[0], trained, games[1])


@pytest.mark.parametrize("source", ["os:abort", "TRAP:make"])
def test_what_only_a_data_set_names_is_not_imported(trap, tmp_path, source):
    module, mark = trap
    source = source.replace("TRAP", module)
    data_dir = build(tmp_path / "data", "mine", "set_27")
    rewrite_metadata(data_dir, "mine", source=source)
    with pytest.raises(UserError) as caught:
        agreement.game_of(data_dir, "mine")
    assert f"names the game '{source}'" in str(caught.value)
    assert f"with --game={source}" in str(caught.value)
    agreement.check_run(data_dir, prepared_data.read_spec(data_dir, "mine"))
    assert not mark.exists()


def test_a_game_that_there_is_not_lists_those_that_there_are(tmp_path):
    with pytest.raises(UserError, match="unknown game 'poker', expected one of set_27"):
        agreement.game_of(str(tmp_path), "poker")
    with pytest.raises(UserError, match="data set union_27 is not built"):
        agreement.game_of(str(tmp_path), "union_27")


def test_a_data_set_says_which_game_it_holds(data_dir):
    assert agreement.source_of(data_dir, "union_27_small") == "union_27"
    for asked in ("symdiff_27", "my.module:Game", "nothing_of_this_name"):
        assert agreement.source_of(data_dir, asked) == asked

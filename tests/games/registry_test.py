"""Contracts of all registered games, and games of one's own."""

import json

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.games.game import GameSpec

# Number of keys and length of the queries, as the design states them.
SIZES = {
    "set_27": (27, 2),
    "shared_27": (27, 2),
    "wildcard_27": (27, 2),
    "union_27": (27, 16),
    "symdiff_27": (27, 23),
    "shatter_27": (27, 27),
    "union_81": (81, 16),
}

# A game of one's own: which of the numbers 0 to 5 are the query's multiples.
OWN_GAME = """
import numpy as np
from set_contrastive.games.game import Game, GameSpec

class Multiples(Game):
    spec = GameSpec(
        name="multiples", source="SOURCE", num_keys=6, query_length=1,
        keys=tuple("012345"), vocabulary=("", "one", "two", "three"),
        attribute_table=((),) * 4, key_symbols=(0,) * 6, exhaustive=False,
    )

    def sample(self, rng, n):
        return rng.integers(1, 4, (n, 1)).astype(np.int32)

    def answer(self, queries):
        return np.arange(6) % self._check_queries(queries) == 0

    def format(self, query):
        return self.spec.vocabulary[query[0]]

    def parse(self, text):
        if text not in self.spec.vocabulary[1:]:
            raise ValueError(f"unknown token {text!r}")
        return np.array([self.spec.vocabulary.index(text)], np.int32)

def not_a_game():
    return 3
"""


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """Name of an importable module that holds a game."""
    name = f"own_game_{tmp_path.name}"
    source = OWN_GAME.replace("SOURCE", f"{name}:Multiples")
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_names():
    assert registry.names() == tuple(SIZES)


@pytest.mark.parametrize("name", SIZES)
def test_shapes_and_types(name):
    num_keys, length = SIZES[name]
    game = registry.get(name)
    queries = game.sample(np.random.default_rng(0), 7)
    masks = game.answer(queries)
    assert (queries.dtype, queries.shape) == (np.int32, (7, length))
    assert (masks.dtype, masks.shape) == (np.bool_, (7, num_keys))
    assert masks.any(axis=1).all()


@pytest.mark.parametrize("name", SIZES)
def test_specification(name):
    num_keys, length = SIZES[name]
    spec = registry.get(name).spec
    assert (spec.name, spec.source) == (name, name)
    assert (spec.num_keys, spec.query_length) == (num_keys, length)
    assert len(set(spec.keys)) == len(spec.keys) == num_keys
    assert registry.get(name).keys == spec.keys
    assert len(set(spec.vocabulary)) == len(spec.vocabulary)
    assert spec.vocabulary[0] == ""
    assert len(spec.attribute_table) == len(spec.vocabulary)
    # The symbol of a key reads as the key's name.
    assert tuple(spec.vocabulary[symbol] for symbol in spec.key_symbols) == spec.keys


@pytest.mark.parametrize("name", SIZES)
def test_specification_comes_back_from_json(name):
    spec = registry.get(name).spec
    again = GameSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert hash(again) == hash(spec)


@pytest.mark.parametrize("name", SIZES)
def test_population_is_queries_of_the_contract(name):
    population = registry.get(name).population()
    if name not in ("set_27", "shared_27", "wildcard_27"):
        assert population is None
        return
    assert (population.dtype, population.shape[1]) == (np.int32, SIZES[name][1])
    assert registry.get(name).answer(population).any(axis=1).all()


def test_a_game_is_made_once():
    assert registry.get("union_27") is registry.get("union_27")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UserError) as caught:
        registry.get("union_28")
    message = str(caught.value)
    assert "'union_28'" in message
    assert all(name in message for name in SIZES)
    assert "package.module:factory" in message


def test_a_game_of_ones_own(own_module):
    game = registry.get(f"{own_module}:Multiples")
    queries = game.sample(np.random.default_rng(1), 20)
    assert set(queries[:, 0].tolist()) == {1, 2, 3}
    assert game.answer(np.array([[2], [3]], np.int32)).tolist() == [
        [True, False, True, False, True, False],
        [True, False, False, True, False, False],
    ]
    assert game.format(game.parse("three")) == "three"
    assert registry.get(game.spec.source) is game
    # What the base class gives to every game.
    assert game.keys == ("0", "1", "2", "3", "4", "5")
    assert game.population() is None
    with pytest.raises(UserError, match="multiples is not made of pairs"):
        game.with_pairs(2)
    with pytest.raises(UserError, match="0 to 3, got 4 to 4"):
        game.answer(np.array([[4]], np.int32))


def test_a_factory_must_make_a_game(own_module):
    with pytest.raises(UserError, match="must make a Game, got int"):
        registry.get(f"{own_module}:not_a_game")
    with pytest.raises(UserError, match="function that makes a Game, got a module"):
        registry.get(f"{own_module}:np")


@pytest.mark.parametrize("factory", ["Absent", "", "np.absent"])
def test_an_absent_factory_is_named(own_module, factory):
    name = f"{own_module}:{factory}"
    with pytest.raises(UserError, match=f"game '{name}' cannot be imported"):
        registry.get(name)


@pytest.mark.parametrize(
    "name",
    ["no_such_module:make", "set_contrastive.games.absent:make", ":make", ".own:make"],
)
def test_an_absent_module_is_named(name):
    with pytest.raises(UserError, match=f"game '{name}' cannot be imported"):
        registry.get(name)


# Names that come from files.


def test_what_only_a_file_names_is_not_imported(trap):
    name, mark = trap
    with pytest.raises(UserError) as caught:
        registry.from_file(f"{name}:make", "data set mine")
    assert f"data set mine names the game '{name}:make'" in str(caught.value)
    assert f"name it yourself with --game={name}:make" in str(caught.value)
    assert not mark.exists()
    with pytest.raises(UserError, match="cannot be imported"):  # Now the user asks.
        registry.from_file(f"{name}:make", "data set mine", f"{name}:make")
    assert mark.exists()


def test_what_only_a_file_names_is_not_called():
    # It would end this process.
    with pytest.raises(UserError, match="names the game 'os:abort'"):
        registry.from_file("os:abort", "game.json")
    with pytest.raises(UserError, match="the game 'os:abort', asked was 'union_27'"):
        registry.from_file("os:abort", "game.json", "union_27")


def test_a_file_may_name_a_registered_game():
    assert registry.from_file("union_27", "a file") is registry.get("union_27")
    with pytest.raises(UserError, match="a file names the game 'union_28'"):
        registry.from_file("union_28", "a file")


def test_a_file_may_name_the_game_that_the_user_named(own_module):
    name = f"{own_module}:Multiples"
    assert registry.from_file(name, "a file", name) is registry.get(name)
    message = f"a file names the game 'union_27', asked was '{name}'"
    with pytest.raises(UserError, match=message):
        registry.from_file("union_27", "a file", name)

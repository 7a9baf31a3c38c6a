"""Set games by Python sets of words, folded by hand, and texts of their queries."""

import itertools

from hypothesis import strategies as st

from set_contrastive.games.set_games import SetGame

VALUES = (
    ("red", "green", "blue"),
    ("void", "dashed", "solid"),
    ("square", "circle", "triangle"),
    ("one", "two", "three"),
)
NAMES = ("set_27", "wildcard_27", "union_27", "symdiff_27", "union_81")
WITH_PAIRS = ("union_27", "symdiff_27", "union_81")

# Few enough queries to list, many of them with an empty subset.
TINY = SetGame(
    "tiny",
    num_attributes=1,
    num_pairs=2,
    wildcards="second",
    symmetric_difference=True,
)


def third_words(first, second):
    """The third card of two texts, as one set of possible words an attribute."""
    third = []
    for a, b, values in zip(first.split("-"), second.split("-"), VALUES, strict=False):
        if "*" in (a, b):
            third.append(set(values))
        else:
            third.append({a} if a == b else set(values) - {a, b})
    return third


def matching_keys(text):
    """The names of the keys that a query's text matches, folded left to right."""
    operators, operands = [], []
    tokens = text.split()
    for place in range(0, len(tokens), 3):
        words = third_words(tokens[place], tokens[place + 1])
        operands.append({"-".join(key) for key in itertools.product(*words)})
        operators.extend(tokens[place + 2 : place + 3])
    matching = operands[0]
    for operator, operand in zip(operators, operands[1:], strict=True):
        matching = {"|": set.union, "^": set.symmetric_difference}[operator](
            matching, operand
        )
    return matching


def answer(game, query):
    """The names of the keys that a game says match a query."""
    (mask,) = game.answer(query[None])
    return {key for key, matches in zip(game.keys, mask, strict=True) if matches}


def cards(num_attributes, wildcards):
    """A strategy for the texts of cards."""
    words = [(*values, "*") if wildcards else values for values in VALUES]
    chosen = st.tuples(*map(st.sampled_from, words[:num_attributes]))
    return chosen.map("-".join)


def texts(name):
    """A strategy for the texts of a game's queries, identical cards included."""
    num_attributes = 4 if name == "union_81" else 3
    first = cards(num_attributes, name == "wildcard_27")
    second = cards(num_attributes, name != "set_27")
    pair = st.tuples(first, second).map(" ".join)
    if name not in WITH_PAIRS:
        return pair
    operator = st.sampled_from("|^" if name == "symdiff_27" else "|")
    further = st.tuples(operator, pair).map(" ".join)
    return st.tuples(pair, *[further] * 7).map(" ".join)


def joined_cards(num_attributes, wildcards):
    """The texts of all cards."""
    words = [(*values, "*") if wildcards else values for values in VALUES]
    return ["-".join(card) for card in itertools.product(*words[:num_attributes])]


def tiny_texts():
    """The texts of all queries of TINY, those of an empty subset included."""
    plain, anything = joined_cards(1, wildcards=False), joined_cards(1, wildcards=True)
    tokens = itertools.product(plain, anything, "|^", plain, anything)
    return list(map(" ".join, tokens))

"""The rules of the set games by Python sets, as one would tell them."""

import itertools

VALUES = (
    ("red", "green", "blue"),
    ("void", "dashed", "solid"),
    ("square", "circle", "triangle"),
)


def third(first, second):
    """Returns the keys that complete two cards, by the rule as one would tell it."""
    sides = []
    for values, a, b in zip(VALUES, first.split("-"), second.split("-"), strict=True):
        if "*" in (a, b):
            sides.append(set(values))
        elif a == b:
            sides.append({a})
        else:
            sides.append(set(values) - {a, b})
    return {"-".join(card) for card in itertools.product(*sides)}


def fold(parts):
    """Returns the keys of `(operator, subset)` pairs; the first operator is ignored."""
    state = set()
    for number, (operator, subset) in enumerate(parts):
        state = state ^ subset if number and operator == "^" else state | subset
    return state


def parts_of(text):
    tokens = ["|", *text.split()]
    return [
        (tokens[place], third(*tokens[place + 1 : place + 3]))
        for place in range(0, len(tokens), 3)
    ]

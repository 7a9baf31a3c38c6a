"""Texts of curricula, and stretching them."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.configs import curriculum


@pytest.mark.parametrize(
    ("text", "phases"),
    [
        ("", ()),
        ("  ", ()),
        ("8:rest", ((8, None),)),
        ("1:400,2:400,8:rest", ((1, 400), (2, 400), (8, None))),
        (" 1 : 400 , 8 : rest ", ((1, 400), (8, None))),
        ("1:400,8:rest,", ((1, 400), (8, None))),
    ],
)
def test_curriculum_texts(text, phases):
    assert curriculum.parse(text) == phases


@pytest.mark.parametrize(
    "text",
    ["1", "1:", ":400", "1:400:2", "one:400", "1:all", "1:4.5", "1-400", "rest:8"],
)
def test_malformed_curriculum_texts_are_named(text):
    with pytest.raises(UserError) as caught:
        curriculum.parse(text)
    assert "1:400,2:400,8:rest" in str(caught.value)
    assert repr(text) in str(caught.value)

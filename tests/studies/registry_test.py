"""Names of studies that come from files."""

import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.studies import registry


def test_what_only_a_file_names_is_not_imported(trap):
    name, mark = trap
    with pytest.raises(UserError) as caught:
        registry.from_file(f"{name}:STUDY", "study.json")
    assert f"study.json names the study '{name}:STUDY'" in str(caught.value)
    assert f"name it yourself with --study={name}:STUDY" in str(caught.value)
    assert not mark.exists()


def test_another_study_than_the_user_named_is_refused(trap):
    name, mark = trap
    with pytest.raises(UserError, match="STUDY', asked was 'cards_27'"):
        registry.from_file(f"{name}:STUDY", "study.json", "cards_27")
    with pytest.raises(UserError, match="the study 'cards_27', asked was"):
        registry.from_file("cards_27", "study.json", f"{name}:STUDY")
    assert not mark.exists()


def test_registered_and_named_studies_are_found():
    assert registry.from_file("cards_27", "study.json").name == "cards_27"
    name = "tests.tiny_study:STUDY"
    assert registry.from_file(name, "study.json", name).name == "tiny"

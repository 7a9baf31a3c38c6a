"""Inputs that tests of whole answers share."""

import pytest

from tests.advisor import graded_files as graded_files_lib
from tests.advisor import small_advice


@pytest.fixture
def small(tmp_path):
    """Options of a small `advise`, whose files are there."""
    return small_advice.write(tmp_path)


@pytest.fixture(scope="session")
def graded_files(tmp_path_factory):
    """Judgements of grades 1 to 3, vectors of all and of four more documents."""
    return graded_files_lib.write(tmp_path_factory.mktemp("files"))

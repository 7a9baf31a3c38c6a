import numpy as np
import pytest

from set_contrastive.advisor import folds
from set_contrastive.base.errors import UserError


@pytest.mark.parametrize(("num_queries", "number"), [(10, 5), (11, 3), (7, 7), (2, 2)])
def test_folds_hold_each_query_once_and_are_of_equal_size(num_queries, number):
    found = folds.split(num_queries, number, seed=1)
    sizes = [int((found == fold).sum()) for fold in range(number)]
    assert found.shape == (num_queries,)
    assert sum(sizes) == num_queries
    assert max(sizes) - min(sizes) <= 1


def test_seeds_decide_who_goes_where():
    np.testing.assert_array_equal(folds.split(100, 5, 3), folds.split(100, 5, 3))
    assert (folds.split(100, 5, 3) != folds.split(100, 5, 4)).any()


def test_fewer_queries_than_folds_are_refused():
    with pytest.raises(UserError, match="folds must be at most .* 4, got 5"):
        folds.split(4, 5)


def test_one_fold_is_refused():
    with pytest.raises(UserError, match="folds must be at least 2, got 1"):
        folds.split(4, 1)

"""The number of subsets: what is refused, and that reading it needs no torch."""

import pytest

from inrbench.cells.subsets import subsets


def test_one_where_there_is_none_and_bounded_by_the_views_where_they_are_known():
    assert subsets({}) == subsets({"subsets": 1}) == 1
    assert subsets({"subsets": 1000}) == 1000
    assert subsets({"subsets": 10}, views=10) == 10
    with pytest.raises(ValueError, match="subsets=17: the scan has 10 views, so at most as many"):
        subsets({"subsets": 17}, views=10)


@pytest.mark.parametrize("value", [0, -2, 2.5, True, None, "four"])
def test_what_is_no_number_of_parts_is_refused(value):
    with pytest.raises(ValueError, match=f"subsets={value!r}: expected a whole number"):
        subsets({"subsets": value})

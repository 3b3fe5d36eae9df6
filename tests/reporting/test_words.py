"""Scores, counts and names as people read them."""

import pytest

from wildwear.reporting import counted, plain_name, two_digits


@pytest.mark.parametrize(
    ("score", "read"), [(0.0, "0.00"), (0.944, "0.94"), (0.994, "0.99"), (0.9997, "0.99"), (1.0, "1.00")]
)
def test_no_score_under_1_is_called_1(score: float, read: str) -> None:
    assert two_digits(score) == read


def test_one_is_one_and_more_are_many() -> None:
    assert [counted(count, "photo") for count in (0, 1, 3000)] == ["0 photos", "1 photo", "3,000 photos"]
    assert [counted(count, "category", "categories") for count in (1, 2)] == ["1 category", "2 categories"]


def test_a_category_is_called_without_underscores() -> None:
    assert plain_name("long_sleeved_shirt") == "long sleeved shirt"

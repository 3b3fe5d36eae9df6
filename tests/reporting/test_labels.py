"""What is written on pictures and beside garments."""

import pytest

from wildwear.reporting import two_digits


@pytest.mark.parametrize(
    ("score", "read"), [(0.0, "0.00"), (0.944, "0.94"), (0.994, "0.99"), (0.9997, "0.99"), (1.0, "1.00")]
)
def test_no_score_under_1_is_called_1(score: float, read: str) -> None:
    assert two_digits(score) == read

"""Which split a name stands for."""

import pytest

from wildwear.datasets.splits import split_called, stated_split


@pytest.mark.parametrize(
    ("names", "split"),
    [
        (["train", "Train", "TRAINING", " train "], "train"),
        (["val", "valid", "Validation", "dev"], "val"),
        (["test", "testing", "Test"], "test"),
        (["holdout", "default", "", "train2", 1, None, ["train"]], None),
    ],
)
def test_the_usual_names_of_a_split_are_understood_and_no_others(
    names: list[object], split: str | None
) -> None:
    assert [split_called(name) for name in names] == [split] * len(names)


def test_a_photo_is_of_the_split_that_it_says_or_else_of_that_of_its_dataset() -> None:
    header = {"info": {"split": "Validation"}}
    assert stated_split({"split": "training"}, header) == "train"
    assert stated_split({"split": "holdout"}, header) == "holdout"
    assert stated_split({"split": None}, header) == stated_split({}, header) == "val"
    assert stated_split({}, {"info": "a sentence"}) is stated_split({}, {}) is None

"""The benchmark of colour counts what was named by eye."""

from pathlib import Path

from benchmark_scripts import load

benchmark = load("colour")


def test_precision_and_recall_are_of_photos_without_colour() -> None:
    truth = {"a": "grey", "b": "monotone", "c": "color", "d": "color", "e": "near_grey", "f": "monotone"}
    grey = {"a": True, "b": True, "c": True, "d": False, "e": False, "f": False}
    assert list(benchmark.table(truth, {"thesis_color": grey}))[-1] == (
        "| thesis | 0.667 (2/3) | 0.500 (2/4) | 1 | 1 near_grey, 1 monotone |"
    )


def test_of_the_photos_named_by_eye_ours_takes_fewer_for_grey_and_misses_fewer(shared: Path) -> None:
    truth = benchmark.labels()
    sample = {photo: truth[photo] for photo in list(truth)[::3]}
    without = {photo for photo, label in sample.items() if label != "color"}
    answers = benchmark.found(shared / "data" / "wild-pool", sample)
    ours, thesis = (
        {photo for photo, is_without in answers[column].items() if is_without}
        for column in ("color", "thesis_color")
    )
    assert len(ours - without) < len(thesis - without)
    assert len(without - ours) < len(without - thesis)

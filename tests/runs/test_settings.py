"""In which settings runs differ."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wildwear.errors import DatasetError
from wildwear.runs import Run
from wildwear.runs.settings import differing_settings

Make = Callable[..., Path]


def with_config(folder: Path, text: str) -> Run:
    (folder / "config.yaml").write_text(text)
    return Run.read(folder)


def test_the_experiments_differ_in_sets_length_and_decays(thesis: dict[str, Run]) -> None:
    assert differing_settings(list(thesis.values())) == [
        ("DATASETS.TEST", ["val_df2u", "val_df2u", *3 * ["val_df2su"]]),
        ("DATASETS.TRAIN", ["train_df2u", "train_df2u", *3 * ["train_df2s, train_df2u"]]),
        ("SOLVER.MAX_ITER", [*3 * ["5000"], "10000", "15000"]),
        ("SOLVER.STEPS", [*3 * ["1500, 2500"], "5000, 7000", "9000, 13000"]),
    ]


def test_fields_that_one_run_alone_has_are_left_out(made: Make) -> None:
    one = with_config(made("one"), "model: {backbone: resnet50, width: 1}\nseed: 1\n")
    other = with_config(made("other"), "model: {backbone: resnet101}\nseed: 1\nextra: 5\n")
    third = with_config(made("third"), "SOLVER: 3\n")
    assert differing_settings([one, other, third]) == [("model.backbone", ["resnet50", "resnet101", None])]


def test_a_run_without_a_config_has_no_settings(made: Make) -> None:
    one, other = made("one"), made("other")
    (one / "config.yaml").unlink()
    assert differing_settings([Run.read(one), Run.read(other)]) == []


@pytest.mark.parametrize("text", ["a: [", "a: !!python/name:os.system", "a: &a {b: *a}", "x" * 1_100_000])
def test_a_damaged_config_is_an_error(made: Make, text: str) -> None:
    with pytest.raises(DatasetError, match=r"config\.yaml"):
        differing_settings([with_config(made(), text)])


def test_a_config_that_unfolds_without_end_is_shown_in_short(made: Make) -> None:
    doubling = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    runs = [with_config(made(name), doubling + f"b: [*a59, {name}]\n") for name in ("one", "two")]
    [(name, values)] = differing_settings(runs)
    assert name == "b"
    assert all(value and len(value) < 2000 for value in values)

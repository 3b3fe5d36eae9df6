"""The thesis' table, and what has to be known to read it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wildwear.errors import DatasetError
from wildwear.runs import Run, Series, notes, summarise
from wildwear.runs.comparison import HEADINGS, cells, duration, overfits, shared_remarks, steps
from wildwear.runs.thesis import published

Make = Callable[..., Path]


def said(*runs: Run) -> list[str]:
    return notes(runs, [summarise(run) for run in runs])


def loss(*values: float) -> Series:
    return Series("val/loss", np.arange(len(values)), np.array(values))


def test_a_run_is_summed_up_by_its_end_and_by_its_best(made: Make) -> None:
    row = summarise(Run.read(made()))
    assert (row.train_loss, row.val_loss) == (0.5, 1.6)
    assert (row.val_ap, row.best_val_ap, row.best_step) == (0.2, 0.3, 20)
    assert (row.lowest_val_loss, row.lowest_val_loss_step, row.overfits) == (1.4, 20, True)
    assert row.hours == pytest.approx(0.01)


def test_a_run_that_measured_nothing_has_a_row_of_dashes(made: Make) -> None:
    row = summarise(Run.read(made(rows=[])))
    assert cells(row) == ["first", "CCP-30", "707", "0 of 40", "–", "–", "–", "–", "–", "–", "–"]
    assert len(HEADINGS) == len(cells(row))


def test_a_run_overfits_where_its_val_loss_has_risen_by_more_than_a_waver() -> None:
    assert overfits(loss(0.9, 0.5, 0.6))
    assert not overfits(loss(0.9, 0.6, 0.5))
    assert not overfits(loss(0.9, 0.5, 0.504))
    assert not overfits(loss())
    assert not overfits(loss(float("nan"), float("nan")))


def test_exp9_overfits_and_exp6_wavers(thesis: dict[str, Run]) -> None:
    rows = {name: summarise(run) for name, run in thesis.items()}
    assert [name for name, row in rows.items() if row.overfits] == ["exp9"]
    assert rows["exp9"].lowest_val_loss_step == 7250
    assert rows["exp6"].lowest_val_loss_step == 3750


def test_the_best_of_exp6_was_at_step_4000(thesis: dict[str, Run]) -> None:
    row = summarise(thesis["exp6"])
    assert (round(row.best_val_ap or 0, 4), row.best_step) == (0.4880, 4000)


def test_test_ap_comes_from_the_folder_of_the_run(made: Make) -> None:
    folder = made()
    (folder / "test").mkdir()
    result = {"mask": {"ap": 0.251}, "photos": 110, "instances": 435}
    (folder / "test" / "metrics.json").write_text(json.dumps(result))
    row = summarise(Run.read(folder))
    assert row.test_ap == pytest.approx(0.251)
    assert row.test_set == "110 photos, 435 instances"
    assert row.from_table == []


def test_a_test_of_our_own_counts_more_than_the_published_one(thesis: dict[str, Run]) -> None:
    run = thesis["exp5"]
    (run.folder / "test").mkdir()
    result = {"mask": {"ap": None}, "photos": 1, "instances": 1}
    metrics = run.folder / "test" / "metrics.json"
    try:
        metrics.write_text(json.dumps(result | {"mask": {"ap": 0.5}}))
        assert (summarise(run).test_ap, summarise(run).from_table) == (0.5, ["trained_on", "photos"])
    finally:
        metrics.unlink()
        metrics.parent.rmdir()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"mask": {"ap": "good"}, "photos": 1, "instances": 1}', "[" * 9999]
)
def test_a_damaged_test_result_is_an_error(made: Make, text: str) -> None:
    folder = made()
    (folder / "test").mkdir()
    (folder / "test" / "metrics.json").write_text(text)
    with pytest.raises(DatasetError, match="is no result of `wildwear evaluate`"):
        summarise(Run.read(folder))


def test_what_stands_in_no_file_is_starred(thesis: dict[str, Run]) -> None:
    row = dict(zip(HEADINGS, cells(summarise(thesis["exp8"])), strict=True))
    assert row == {
        "run": "exp8",
        "set": "wild + street*",
        "images": "7,500*",
        "steps": "10k",
        "decays": "5k, 7k",
        "train loss": "0.145",
        "val loss": "0.343",
        "val AP": "0.4019",
        "best": "0.4064 at 7k",
        "test AP": "0.1954*",
        "time": "7.3 h",
    }
    assert said(thesis["exp8"])[0].startswith("* stands in no file of the run")


def test_the_sentence_on_scales_stands_wherever_the_thesis_stands_beside_ours(
    thesis: dict[str, Run], made: Make
) -> None:
    ours = Run.read(made())
    assert "not on one scale" in published().scale
    assert published().scale in said(thesis["exp6"], ours)
    assert published().scale not in said(*thesis.values())
    assert published().scale not in said(ours, Run.read(made("second")))


def test_val_figures_of_different_sets_are_said_not_to_compare(thesis: dict[str, Run], made: Make) -> None:
    def warned(*runs: Run) -> bool:
        return any("validated on the same set" in note for note in said(*runs))

    assert warned(*thesis.values())
    # Their configs name one set, but exp6's is wrong: other categories occur in it.
    assert warned(thesis["exp5"], thesis["exp6"])
    assert not warned(thesis["exp7"], thesis["exp8"])
    one, same = Run.read(made("one")), Run.read(made("same"))
    assert not warned(one, same)
    assert warned(one, Run.read(made("other", data={"val": {"sha256": "cd" * 32}})))


def test_test_figures_of_different_sets_are_said_not_to_compare(made: Make) -> None:
    runs = []
    for photos in (54, 110):
        folder = made(str(photos))
        (folder / "test").mkdir()
        result = {"mask": {"ap": 0.2}, "photos": photos, "instances": 200}
        (folder / "test" / "metrics.json").write_text(json.dumps(result))
        runs.append(Run.read(folder))
    assert any("same test set" in note for note in said(*runs))
    assert not any("same test set" in note for note in said(runs[0]))


def test_a_remark_on_several_runs_is_made_once(made: Make) -> None:
    rows = [summarise(Run.read(made(name, remarks=["odd"])), name) for name in ("a", "b")]
    assert shared_remarks(rows) == [(["a", "b"], "odd")]


def test_an_unfinished_run_says_so(made: Make) -> None:
    assert "it is unfinished: 40 of 1,000 steps" in summarise(Run.read(made(steps=1000))).remarks


def test_a_summary_is_plain_json(thesis: dict[str, Run], made: Make) -> None:
    for run in (*thesis.values(), Run.read(made())):
        again = json.loads(json.dumps(summarise(run).to_dict(), allow_nan=False))
        assert again["name"] == run.name


def test_steps_and_times_are_short() -> None:
    assert [steps(number) for number in (0, 999, 1000, 1500, 12_250, 15_000)] == [
        "0",
        "999",
        "1k",
        "1.5k",
        "12,250",
        "15k",
    ]
    assert [duration(hours) for hours in (0.01, 0.5, 3.59)] == ["36 s", "30 min", "3.6 h"]

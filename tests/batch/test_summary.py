"""What a batch found, in figures and on a page."""

from pathlib import Path

import pytest

from made_batches import Batched
from wildwear.batch import Batch
from wildwear.batch.page import page
from wildwear.batch.summary import summarise
from wildwear.errors import DatasetError


def test_it_counts_what_there_is(pool: Path, batched: Batched, tmp_path: Path) -> None:
    ran = batched(pool)
    summary = summarise(Batch(tmp_path / "out"))
    assert (summary.planned, summary.done, summary.failed) == (11, 10, 1)
    assert summary.garments == ran.garments == sum(one.garments for one in summary.categories)
    assert {one.name: (one.garments, one.photos) for one in summary.categories} == {
        "jacket": (10, 10),
        "jeans": (10, 10),
        "bag": (ran.garments - 20, ran.garments - 20),
    }
    [jacket] = [one for one in summary.categories if one.name == "jacket"]
    assert jacket.score == 0.94
    assert len(jacket.colours) == 3
    assert summary.a_photo == [0, 0, 30 - ran.garments, ran.garments - 20, 0, 0, 0, 0, 0, 0]
    assert sum(summary.scores) == ran.garments
    assert summary.scores[9] >= 20
    assert [count for _, count in summary.reasons] == [1]


def test_the_page_says_it_too_and_runs_nothing_that_photos_say(
    pool: Path, batched: Batched, tmp_path: Path
) -> None:
    batched(pool)
    said = page("<b>out", summarise(Batch(tmp_path / "out")))
    assert "garments in 10 photos" in said
    assert "1 cannot be segmented" in said
    assert "&lt;b&gt;out" in said
    assert "still to be done" not in said


def test_a_batch_that_is_not_through_is_counted_as_far_as_it_is(
    pool: Path, batched: Batched, tmp_path: Path
) -> None:
    batched(pool)
    (tmp_path / "out" / "photos" / "000000.parquet").unlink()
    summary = summarise(Batch(tmp_path / "out"))
    assert summary.done + summary.failed == summary.planned - 3
    assert "3 are still to be done" in page("out", summary)


def test_what_is_no_batch_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is no batch"):
        summarise(Batch(tmp_path))

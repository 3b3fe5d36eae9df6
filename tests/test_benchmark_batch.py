"""The benchmarks of batch count what they say; how fast anything is stands in no test."""

from pathlib import Path
from typing import Any

import pytest

from benchmark_scripts import load
from made_batches import Batched, batched, pool, shards
from wildwear.batch import Batch
from wildwear.imaging import read_photo
from wildwear.imaging.masks import from_runs

__all__ = ["batched", "pool", "shards"]

speed = load("batch")
kills = load("batch_killed")


def test_speed_is_that_of_each_process_after_its_first_span() -> None:
    spans = [
        speed.Span(1, 10, 0.0, 5.0, 9.0),
        speed.Span(2, 10, 3.0, 8.0, 5.0),
        speed.Span(1, 10, 5.0, 7.0, 11.0),
        speed.Span(1, 10, 7.0, 9.0, 12.0),
        speed.Span(2, 10, 8.0, 13.0, 8.0),
    ]
    assert speed.speed(spans) == (20 / 4 + 10 / 5, (3 + 3) / 30)
    assert speed.speed(spans[:1]) == (0, 0)


def test_small_photos_have_their_shape(pool: Path, tmp_path: Path) -> None:
    [photo] = speed.small([pool / "1.png"], tmp_path / "small")
    assert read_photo(photo).shape == (32, 24, 3)


def photo(name: str, *garments: tuple[int, float, int]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A photo of 10 x 10 whose garments have a category, a score and so many pixels."""
    return {"file_name": name}, [
        {"category_id": kind, "score": score, "segmentation": from_runs([0, pixels, 100 - pixels], (10, 10))}
        for kind, score, pixels in garments
    ]


def test_garments_that_differ_by_little_are_the_same() -> None:
    ours = [photo("a.jpg", (1, 0.9, 50), (2, 0.8, 20)), photo("b.jpg")]
    theirs = [photo("b.jpg"), photo("a.jpg", (2, 0.80005, 20), (1, 0.9, 50))]
    found = kills.difference(ours, theirs)
    assert (found.photos, found.garments, found.others, found.iou) == (2, 2, [], 1.0)
    assert found.score == pytest.approx(5e-5)
    assert found.is_small()


@pytest.mark.parametrize(
    "other",
    [
        photo("a.jpg"),
        photo("b.jpg", (1, 0.9, 50)),
        photo("a.jpg", (2, 0.9, 50)),
        photo("a.jpg", (1, 0.8, 50)),
        photo("a.jpg", (1, 0.9, 49)),
    ],
)
def test_a_garment_that_is_missing_another_less_sure_or_smaller_is_none(other: Any) -> None:
    assert not kills.difference([photo("a.jpg", (1, 0.9, 50))], [other]).is_small()


def test_a_row_that_stands_twice_is_counted(pool: Path, batched: Batched, tmp_path: Path) -> None:
    batched(pool)
    batch, other = Batch(tmp_path / "out"), Batch(tmp_path / "other")
    batched(pool, out=tmp_path / "other")
    assert kills.twice(batch) == 0
    assert kills.same_tables(batch, other)
    first, last = (tmp_path / "out" / "photos" / f"00000{number}.parquet" for number in (0, 3))
    last.write_bytes(first.read_bytes())
    assert kills.twice(batch) == 3
    assert not kills.same_tables(batch, other)


@pytest.mark.long  # four processes that open the model
def test_a_run_that_is_killed_is_that_of_segment(
    pool: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pool / "bad.jpg").unlink()
    kills.main([pool], kills=0, model=str(tiny_model))
    said = capsys.readouterr().out
    assert "| 10 | " in said
    assert "The tables are those of a run that nobody killed: yes; rows twice: 0." in said

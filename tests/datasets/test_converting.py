"""From one format to another: what is refused, and what is said."""

from pathlib import Path
from typing import Any

import pytest

from wildwear.datasets import Conversion, Dataset, convert
from wildwear.datasets.converting import target_format
from wildwear.datasets.formats import FORMATS, guess
from wildwear.errors import DatasetError, OutputError
from wildwear.files import alone_with

COCO = FORMATS["coco"]


@pytest.fixture
def source(document: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "set.json"
    Dataset(document).save(path)
    return path


def test_progress_counts_the_photos(source: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    target = tmp_path / "again.json"
    photos = convert(source, target, COCO, COCO, Conversion(), progress=lambda *done: seen.append(done))
    assert photos == 1
    assert seen == [(1, 1)]
    assert Dataset.load(target).document == Dataset.load(source).document


def test_what_lies_at_the_target_stays_unless_it_may_be_replaced(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.json"
    target.write_text("mine")
    with pytest.raises(OutputError, match=r"mine\.json: is there already"):
        convert(source, target, COCO, COCO, Conversion())
    assert target.read_text() == "mine"
    convert(source, target, COCO, COCO, Conversion(), overwrite=True)
    assert Dataset.load(target).document == Dataset.load(source).document


@pytest.mark.parametrize("name", ["set.json", "sub/../set.json"])
def test_the_source_is_never_the_target(source: Path, name: str) -> None:
    (source.parent / "sub").mkdir()
    with pytest.raises(OutputError, match="is the source itself"):
        convert(source, source.parent / name, COCO, COCO, Conversion(), overwrite=True)


def test_a_format_that_cannot_be_written_names_those_that_can(source: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"can be read but not written; choose one of .*coco"):
        convert(source, tmp_path / "x", COCO, FORMATS["modanet"], Conversion())


def test_a_json_file_is_written_as_coco_and_anything_else_has_to_be_named() -> None:
    assert target_format(Path("out.json")) is COCO
    with pytest.raises(DatasetError, match="out: say in which format to write it, with --to"):
        target_format(Path("out"))


@pytest.mark.parametrize(
    ("content", "said"), [("{}", "looks like none of the formats"), (None, "no such file")]
)
def test_what_looks_like_nothing_is_said(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "what.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DatasetError, match=rf"what\.json: {said}"):
        guess(path)


def test_malformed_parts_stop_a_reader_unless_they_are_skipped() -> None:
    with pytest.raises(DatasetError, match=r"a\.json: regions\[0\]: has 2 points"):
        Conversion().malformed("a.json: regions[0]", "has 2 points")
    lenient = Conversion(skip_malformed=True)
    lenient.malformed("a.json: regions[0]", "has 2 points")
    assert lenient.left_out == ["a.json: regions[0]: has 2 points"]


def test_what_another_run_is_writing_is_not_overwritten(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.json"
    with alone_with(target), pytest.raises(OutputError, match=r"new\.json: another run is writing there"):
        convert(source, target, COCO, COCO, Conversion(), overwrite=True)
    assert not target.exists()

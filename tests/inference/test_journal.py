"""A journal outlives the process that writes it."""

from pathlib import Path

import pytest

from wildwear.errors import OutputError
from wildwear.inference.journal import Journal, append
from wildwear.inference.segmenting import Record

A, B, C = (Record(photo=f"{name}.jpg", name=name, size=(2, 3)) for name in "abc")


def photos(journal: Journal, *order: str) -> list[str]:
    return [record.photo for record in journal.records(order)]


def test_records_come_back_as_they_went_in(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    record = Record(
        "ü/\n.jpg", (2, 3), [{"score": 0.5, "bbox": [1, 2, 3, 4]}], "ü/n", "x.jpg", ["y.png"], "z.webp"
    )
    journal.append(record)
    [again] = Journal(tmp_path / "journal").records()
    assert (again.photo, tuple(again.size), again.garments) == (record.photo, record.size, record.garments)
    assert (again.name, again.files) == ("ü/n", ["x.jpg", "y.png", "z.webp"])


def test_records_come_in_the_order_asked_for_and_the_others_after(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for record in (A, B, C):
        journal.append(record)
    assert photos(journal, "c.jpg", "never.jpg") == ["c.jpg", "a.jpg", "b.jpg"]


def test_a_later_record_of_a_photo_replaces_the_earlier(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(Record("a.jpg", failure="is empty"))
    journal.append(B)
    journal.append(A)
    for one in (journal, Journal(tmp_path / "journal")):
        assert [(record.photo, record.failure) for record in one.records()] == [
            ("a.jpg", None),
            ("b.jpg", None),
        ]


@pytest.mark.parametrize("lost", [1, 10, 60])
def test_a_line_cut_off_by_a_kill_is_dropped_and_the_rest_goes_on(lost: int, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.append(A)
    journal.append(B)
    path.write_bytes(path.read_bytes()[:-lost])
    journal = Journal(path)
    assert photos(journal) == ["a.jpg"]
    journal.append(C)
    assert photos(Journal(path)) == ["a.jpg", "c.jpg"]


@pytest.mark.parametrize("content", [b"no json\n", b"[]\n", b"{}\n", b'{"photo": 1, "files": []}\n'])
def test_a_file_that_is_no_journal_is_an_error_that_names_it(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(content)
    with pytest.raises(OutputError, match="journal: is damaged, or of another version"):
        Journal(tmp_path / "journal")


def test_files_of_no_single_photo_are_remembered(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(A)
    journal.note_written(["yolo/data.yaml"])
    journal.append(B)
    again = Journal(tmp_path / "journal")
    assert (again.written, photos(again)) == (["yolo/data.yaml"], ["a.jpg", "b.jpg"])


def test_a_file_that_grows_says_where(tmp_path: Path) -> None:
    assert [append(tmp_path / "file", content) for content in (b"abc", b"", b"d")] == [0, 3, 3]

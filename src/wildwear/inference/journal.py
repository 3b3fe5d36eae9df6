"""The journal of a run: what is kept of each photo, in a file that only grows."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from wildwear.errors import OutputError
from wildwear.inference.segmenting import Record

FILES = ("overlay", "cutouts", "thumbnail", "written", "files")  # fields that name some; the last until 0.1


class Journal:
    """The records of a run in a file, a line each: memory stays flat, and an interrupted run resumes.

    Attributes:
        path: the file.
        written: what the run wrote that is of no single photo, below its folder.
    """

    def __init__(self, path: Path) -> None:
        """Open a journal, or begin one; a last line that was cut off in mid-write is dropped."""
        self.path = path
        self._lines: dict[str, int] = {}  # photo: where its last record starts
        self.written: list[str] = []
        self.path.touch()
        with self.path.open("rb+") as file:
            start = 0
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read(line, start)
                start += len(line)
            file.truncate(start)

    def _read(self, line: bytes, start: int) -> None:
        """Take notice of a line."""
        try:
            fields = json.loads(line)
            if "written" in fields:
                self.written += fields["written"]
            else:
                self._lines[Record(**fields).photo] = start
        except (ValueError, TypeError) as error:
            what = f"is damaged, or of another version of wildwear ({error})"
            advice = "write into another folder, or begin anew with --overwrite"
            raise OutputError(f"{self.path}: {what}; {advice}.") from error

    def append(self, record: Record) -> None:
        """Keep a record; it replaces one of the same photo. Raises `OutputError`, on a full disk say."""
        self._lines[record.photo] = append(self.path, json.dumps(asdict(record)).encode() + b"\n")

    def note_written(self, files: list[str]) -> None:
        """Remember files that belong to no single photo. Raises `OutputError` as `append`."""
        self.written += files
        append(self.path, json.dumps({"written": files}).encode() + b"\n")

    def records(self, order: Iterable[str] = ()) -> Iterator[Record]:
        """Read the records one by one: first those of the photos in `order`, then the others."""
        with self.path.open("rb") as file:
            for photo in dict.fromkeys([*order, *self._lines]):
                if photo in self._lines:
                    file.seek(self._lines[photo])
                    yield Record(**json.loads(file.readline()))


def files_in(journal: Path) -> Iterator[str]:
    """The files that a run wrote, below its folder, by a journal of any version, damaged or none at all."""
    if not journal.is_file():
        return
    with journal.open("rb") as file:
        for line in file:
            try:
                fields = json.loads(line)
            except ValueError:
                continue
            for name in FILES if isinstance(fields, dict) else ():
                files = fields.get(name)
                for one in files if isinstance(files, list) else [files]:
                    if isinstance(one, str) and one and not one.startswith("data:"):  # a picture, until 0.1
                        yield one


def append(path: Path, content: bytes) -> int:
    """Write at the end of a file; return where that began. Raises `OutputError`, on a full disk say."""
    try:
        with path.open("ab") as file:
            start = file.tell()
            file.write(content)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}).") from error
    return start

"""Where the work on photos is kept: one SQLite file, a row an edit; what stands on a photo is its last edit.

Nothing is ever changed or deleted but by a newer edit. An edit that `save` has returned from is on the disk.
"""

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from wildwear.annotation import work as works
from wildwear.annotation.work import Summary, Work, WorkError
from wildwear.errors import DatasetError, OutputError

APPLICATION = 0x57574152  # "WWAR": what tells our files from other SQLite files
VERSION = 1
PATIENCE = 30.0  # seconds that one writer waits for another
DIGITS = re.compile("[0-9]{1,9}")
NEVER = 0  # the revision of a photo without an edit

SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,          -- below the folder of the photos, with /
    place TEXT NOT NULL,                -- where its file lies, as `gathering.place_called` takes it
    width INTEGER, height INTEGER,      -- pixels of the upright photo, null until somebody has looked
    ambiguous REAL,                     -- how much there is to settle, null where nothing
    record TEXT,                        -- what a dataset said of it, as `importing.py` keeps it
    revision INTEGER NOT NULL DEFAULT 0 -- of the edit that stands
);
CREATE TABLE edits (
    photo INTEGER NOT NULL REFERENCES photos (id),
    revision INTEGER NOT NULL,
    author TEXT NOT NULL,
    time TEXT NOT NULL,                 -- UTC, ISO 8601
    status TEXT NOT NULL,
    summary TEXT NOT NULL,              -- JSON, of the work
    work TEXT NOT NULL,                 -- JSON
    PRIMARY KEY (photo, revision)
) WITHOUT ROWID;
CREATE TABLE settled (
    photo INTEGER NOT NULL REFERENCES photos (id),
    pair TEXT NOT NULL,                 -- the ids of both annotators' instances
    keep TEXT NOT NULL,
    author TEXT NOT NULL,
    time TEXT NOT NULL,
    PRIMARY KEY (photo, pair)
) WITHOUT ROWID;
"""
IDENTITY = """
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
FROM pragma_application_id, pragma_user_version
"""  # at once: another process may be making the tables
LISTING = """
SELECT photos.id, name, width, height, ambiguous, summary FROM photos
LEFT JOIN edits ON edits.photo = photos.id AND edits.revision = photos.revision ORDER BY photos.id
"""
ADD = """
INSERT INTO photos (name, place, width, height, ambiguous, record) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO NOTHING
"""


class NewPhoto(NamedTuple):
    """A photo to be added, with the work that a dataset brings for it."""

    name: str
    place: str
    width: int | None = None
    height: int | None = None
    ambiguous: float | None = None
    record: str | None = None
    work: Work | None = None


class Photo(NamedTuple):
    """A photo of a project."""

    id: int
    name: str
    place: str
    width: int | None
    height: int | None
    record: str | None


class Listed(NamedTuple):
    """A photo as lists show it."""

    id: int
    name: str
    width: int | None
    height: int | None
    ambiguous: float | None
    summary: Summary


@dataclass(frozen=True)
class Edit:
    """What somebody saved of a photo; revision 0, without an author, where nobody has."""

    revision: int
    author: str | None
    time: str | None
    work: Work


class ConflictError(Exception):
    """Somebody has saved since; `standing` is what stands."""

    def __init__(self, standing: Edit) -> None:
        super().__init__(f"revision {standing.revision} stands, by {standing.author}")
        self.standing = standing


class Store:
    """The file of a project; threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it where there is none.

        Raises:
            DatasetError: it is no file of ours, or is damaged.
            OutputError: it cannot be opened or made.
        """
        self.path = path
        self._turn = threading.RLock()  # of the threads that share the connection
        try:
            self._connection = sqlite3.connect(
                path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise OutputError(f"{path}: cannot be opened ({error}).") from error
        with self._blamed():
            self._refuse_foreign()
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")  # on the disk before it is acknowledged
            self._prepare()

    def _refuse_foreign(self) -> int:
        """The id of the application whose file it is, 0 of a new one. Raises `DatasetError` unless it is ours
        and of no newer wildwear; it has not been written to then, since that it is WAL stays in a file."""
        application, version, tables = self._connection.execute(IDENTITY).fetchone()
        if application == APPLICATION and version > VERSION:
            raise DatasetError(f"{self.path}: is of a newer wildwear; update wildwear to open it")
        if application != APPLICATION and (application or tables):
            raise DatasetError(f"{self.path}: is no annotation project of wildwear, but another database")
        return int(application)

    def _prepare(self) -> None:
        """Make the tables of a new file, unless another process has made them since."""
        with self._writing() as connection:
            if self._refuse_foreign() != APPLICATION:
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            self._connection.close()

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """Say in words what SQLite raises, with the file; one thread at a time comes in."""
        with self._turn:
            try:
                yield
            except sqlite3.OperationalError as error:  # full, read-only, locked, gone, without a table
                raise OutputError(f"{self.path}: cannot be used ({error})") from error
            except sqlite3.Error as error:
                raise DatasetError(f"{self.path}: is damaged ({error})") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all that is written in it is there afterwards, or nothing. Raises `OutputError`."""
        with self._blamed():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._blamed():
            return self._connection.execute(query, values).fetchall()

    def setting(self, name: str) -> str | None:
        """The value of a setting, None where it has none."""
        found = self._rows("SELECT value FROM settings WHERE name = ?", name)
        return found[0][0] if found else None

    def number_setting(self, name: str) -> int | None:
        """The value of a setting that is a number. Raises `DatasetError` where it is none."""
        value = self.setting(name)
        if value is not None and not DIGITS.fullmatch(value):
            raise DatasetError(f"{self.path}: settings.{name}: expected a number, found {value!r:.60}")
        return None if value is None else int(value)

    def remember(self, name: str, value: str) -> None:
        """Give a setting a value."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def add(self, photos: Iterable[NewPhoto], author: str) -> int:
        """Add photos whose names are not there yet, all or none; of the others only the places are renewed.

        Args:
            photos: to add.
            author: of the work that they bring.

        Returns:
            how many are new.
        """
        added = 0
        with self._writing() as connection:
            for *row, brought in photos:
                new = connection.execute(ADD, row)
                if not new.rowcount:
                    name, place, *_ = row
                    connection.execute("UPDATE photos SET place = ? WHERE name = ?", (place, name))
                    continue
                added += 1
                if brought is not None and new.lastrowid is not None:
                    insert(connection, new.lastrowid, NEVER, author, brought)
        return added

    def count(self) -> int:
        """How many photos there are."""
        return int(self._rows("SELECT count(*) FROM photos")[0][0])

    def photos(self) -> list[Listed]:
        """All photos, with what stands on each in short."""
        nothing = works.summary(Work())
        decode = msgspec.json.Decoder(Summary).decode
        try:
            return [
                Listed(number, name, width, height, ambiguous, nothing if short is None else decode(short))
                for number, name, width, height, ambiguous, short in self._rows(LISTING)
            ]
        except (msgspec.DecodeError, TypeError) as error:
            raise DatasetError(f"{self.path}: edits.summary is damaged ({error})") from error

    def photo(self, number: int) -> Photo | None:
        """The photo of this id; None where there is none."""
        query = "SELECT id, name, place, width, height, record FROM photos WHERE id = ?"
        found = self._rows(query, number)
        return Photo(*found[0]) if found else None

    def places(self) -> list[tuple[str, str]]:
        """(place, name) of every photo."""
        return self._rows("SELECT place, name FROM photos")

    def measured(self, number: int, size: tuple[int, int]) -> None:
        """Remember the (height, width) of a photo in pixels."""
        with self._writing() as connection:
            connection.execute("UPDATE photos SET height = ?, width = ? WHERE id = ?", (*size, number))

    def standing(self, number: int) -> Edit:
        """What stands on a photo."""
        with self._turn:
            return self._standing(number)

    def _standing(self, number: int) -> Edit:
        query = "SELECT revision FROM photos WHERE id = ?"
        found = self._rows(query, number)
        revision = found[0][0] if found else NEVER
        edit = self.edit(number, revision) if revision != NEVER else None
        return edit or Edit(NEVER, None, None, Work())

    def edit(self, number: int, revision: int) -> Edit | None:
        """One edit of a photo; None where there is none of this revision."""
        query = "SELECT revision, author, time, work FROM edits WHERE photo = ? AND revision = ?"
        found = self._rows(query, number, revision)
        if not found:
            return None
        revision, author, time, document = found[0]
        try:
            return Edit(revision, author, time, works.read(document))
        except (WorkError, TypeError) as error:
            raise DatasetError(
                f"{self.path}: photo {number}, revision {revision}: is damaged ({error})"
            ) from error

    def history(self, number: int) -> list[tuple[int, str, str]]:
        """(revision, author, time) of each edit of a photo, the last first."""
        query = "SELECT revision, author, time FROM edits WHERE photo = ? ORDER BY revision DESC"
        return self._rows(query, number)

    def authors(self) -> list[str]:
        """Everyone who has saved something, by name."""
        return [author for (author,) in self._rows("SELECT DISTINCT author FROM edits ORDER BY author")]

    def save(self, number: int, base: int, author: str, work: Work) -> int:
        """Save what somebody did to a photo; when this returns, it is on the disk.

        Args:
            number: of the photo.
            base: the revision that they began from.
            author: who they are.
            work: what stands now, checked.

        Returns:
            the revision that stands. Who saves once more what stands already, since the answer was lost on
            its way, gets the same.

        Raises:
            ConflictError: somebody has saved since; nothing is written.
            OutputError: it cannot be written: a full disk.
        """
        with self._writing() as connection:
            standing = self._standing(number)
            if standing.revision != NEVER and standing.work == work:
                return standing.revision
            if standing.revision != base:
                raise ConflictError(standing)
            return insert(connection, number, base, author, work)

    def settle(self, number: int, pair: str, keep: str, author: str) -> None:
        """Remember what somebody said of a pair of instances, whose annotators disagree."""
        with self._writing() as connection:
            row = (number, pair, keep, author, now())
            connection.execute("INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?, ?)", row)

    def settled(self) -> set[tuple[int, str]]:
        """(photo, pair) of all that was settled."""
        return set(self._rows("SELECT photo, pair FROM settled"))

    def finished(self) -> list[datetime]:
        """When each photo was first done or skipped, in order."""
        query = "SELECT min(time) FROM edits WHERE status <> 'todo' GROUP BY photo ORDER BY 1"
        try:
            return [datetime.fromisoformat(time) for (time,) in self._rows(query)]
        except (TypeError, ValueError) as error:
            raise DatasetError(f"{self.path}: edits.time is damaged ({error})") from error


def insert(connection: sqlite3.Connection, number: int, base: int, author: str, work: Work) -> int:
    """Write an edit that follows another, and that it stands; return its revision."""
    revision = base + 1
    short = msgspec.json.encode(works.summary(work)).decode()
    row = (number, revision, author, now(), work.status, short, works.write(work).decode())
    connection.execute("INSERT INTO edits VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    connection.execute("UPDATE photos SET revision = ? WHERE id = ?", (revision, number))
    return revision


def now() -> str:
    """The time, UTC, as edits have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")

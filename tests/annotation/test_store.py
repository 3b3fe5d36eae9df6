"""No click is lost: not by a kill, not by another who saves, not by a full disk, not by a damaged file."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from made_annotations import instance, work
from wildwear.annotation.store import ConflictError, NewPhoto, Store
from wildwear.annotation.work import Work
from wildwear.errors import DatasetError, OutputError, WildwearError

# Saves one edit after the other, each with a garment more, and says which have been acknowledged.
SAVER = """
import sys
from pathlib import Path
from made_annotations import instance, work
from wildwear.annotation.store import Store
store = Store(Path(sys.argv[1]))
garments = []
for revision in range(100_000):
    garments.append(instance(str(revision)))
    print(store.save(1, revision, "ann", work(*garments[-50:])), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "annotations.sqlite"


@pytest.fixture
def store(path: Path) -> Store:
    """Two photos, on which nothing stands."""
    store = Store(path)
    store.add([NewPhoto("a.jpg", "/photos/a.jpg"), NewPhoto("b.jpg", "/photos/b.jpg")], "ann")
    return store


def test_the_last_edit_stands_and_all_before_it_are_kept(store: Store) -> None:
    assert (store.standing(1).revision, store.standing(1).work) == (0, Work())
    assert store.save(1, 0, "ann", work(instance())) == 1
    assert store.save(1, 1, "ben", work()) == 2
    standing = store.standing(1)
    assert (standing.revision, standing.author, standing.work) == (2, "ben", work())
    earlier = store.edit(1, 1)
    assert earlier is not None
    assert (earlier.author, earlier.work) == ("ann", work(instance()))
    assert [(revision, author) for revision, author, _ in store.history(1)] == [(2, "ben"), (1, "ann")]
    assert store.standing(2).revision == 0


def test_of_two_people_on_one_photo_the_later_is_shown_what_stands_and_neither_loses_anything(
    store: Store,
) -> None:
    store.save(1, 0, "ann", work(instance("hers")))
    with pytest.raises(ConflictError) as caught:
        store.save(1, 0, "ben", work(instance("his")))
    standing = caught.value.standing
    assert (standing.revision, standing.author, standing.work) == (1, "ann", work(instance("hers")))
    assert store.save(1, 1, "ben", work(instance("hers"), instance("his"))) == 2


def test_who_saves_again_since_the_answer_was_lost_is_told_what_the_answer_was(store: Store) -> None:
    assert store.save(1, 0, "ann", work(instance())) == 1
    assert store.save(1, 0, "ann", work(instance())) == 1
    assert len(store.history(1)) == 1


def test_fifty_people_at_once_lose_nothing(store: Store, path: Path) -> None:
    """Every garment that was acknowledged stands in the end, though all save over each other."""
    other = Store(path)  # as another process has it

    def add_one(number: int) -> int:
        mine = store if number % 2 else other
        conflicts = 0
        while True:
            standing = mine.standing(1)
            drawn = work(*standing.work.instances, instance(str(number)))
            try:
                mine.save(1, standing.revision, f"person {number}", drawn)
            except ConflictError:
                conflicts += 1
            else:
                return conflicts

    with ThreadPoolExecutor(50) as pool:
        conflicts = list(pool.map(add_one, range(50)))
    assert {one.id for one in store.standing(1).work.instances} == set(map(str, range(50)))
    assert len(store.history(1)) == 50
    assert sum(conflicts) > 0, "nobody met anybody: the test is none"


def test_a_kill_in_the_middle_of_writes_loses_no_edit_that_was_acknowledged(store: Store, path: Path) -> None:
    store.close()
    tests = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", SAVER, path],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": tests},
    ) as saver:
        assert saver.stdout is not None
        said = [saver.stdout.readline()]
        time.sleep(0.2)
        saver.send_signal(signal.SIGKILL)
        said += saver.stdout.readlines()
    acknowledged = int([line for line in said if line.endswith("\n")][-1])
    reopened = Store(path)
    assert reopened.standing(1).revision >= acknowledged > 1
    for revision in range(1, acknowledged + 1):
        edit = reopened.edit(1, revision)
        assert edit is not None
        assert edit.work.instances[-1].id == str(revision - 1)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files there")
def test_a_full_disk_is_said_and_what_stood_stands(store: Store, path: Path) -> None:
    import resource

    store.save(1, 0, "ann", work(instance()))
    large = work(*(instance(str(number)) for number in range(900)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = path.with_name(f"{path.name}-wal").stat().st_size + 20_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (full, before[1]))
    try:
        with pytest.raises(OutputError, match=r"annotations\.sqlite: cannot be used \(.*(full|I/O)"):
            store.save(1, 1, "ann", large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert store.standing(1).work == work(instance())
    assert store.save(1, 1, "ann", large) == 2, "it goes on once there is room again"


def test_photos_are_added_once_and_where_they_lie_now_is_remembered(store: Store) -> None:
    store.save(1, 0, "ann", work())
    moved = [
        NewPhoto("a.jpg", "/elsewhere/a.jpg", work=work(instance())),
        NewPhoto("c.jpg", "/elsewhere/c.jpg"),
    ]
    assert store.add(moved, "ann") == 1
    photo = store.photo(1)
    assert photo is not None
    assert photo.place == "/elsewhere/a.jpg"
    assert store.standing(1).work == work(), "what stands stays"
    assert store.count() == 3


def test_what_a_dataset_brings_is_the_first_edit(store: Store) -> None:
    store.add([NewPhoto("c.jpg", "/c.jpg", 40, 60, 2.0, None, work(instance(), status="todo"))], "df2.json")
    standing = store.standing(3)
    assert (standing.revision, standing.author, len(standing.work.instances)) == (1, "df2.json", 1)
    listed = store.photos()[2]
    assert (listed.width, listed.height, listed.ambiguous, listed.summary.counts) == (40, 60, 2.0, {29: 1})


def test_all_photos_or_none_are_added(store: Store) -> None:
    def half() -> Iterator[NewPhoto]:
        yield NewPhoto("c.jpg", "/c.jpg")
        raise DatasetError("the rest is malformed")

    with pytest.raises(DatasetError):
        store.add(half(), "ann")
    assert store.count() == 2


def test_twenty_thousand_photos_are_listed_at_once(path: Path) -> None:
    store = Store(path)
    drawn = work(instance(), instance("two", 3))
    store.add((NewPhoto(f"{number}.jpg", f"/{number}.jpg", work=drawn) for number in range(20_000)), "ann")
    listed = store.photos()
    assert len(listed) == 20_000
    assert listed[-1].summary.counts == {29: 1, 3: 1}


def test_another_database_is_no_project(path: Path) -> None:
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE photos (id INTEGER)")
    with pytest.raises(DatasetError, match="is no annotation project of wildwear, but another database"):
        Store(path)


def test_the_file_of_a_later_version_is_left_alone(store: Store, path: Path) -> None:
    store.close()
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 99")
    with pytest.raises(DatasetError, match="is of a newer wildwear"):
        Store(path)


def test_what_is_no_database_is_said_to_be_damaged(path: Path) -> None:
    path.write_bytes(b"no database at all " * 100)
    with pytest.raises(DatasetError, match=r"annotations\.sqlite: is damaged \(file is not a database\)"):
        Store(path)


def test_a_document_that_is_damaged_is_named(store: Store, path: Path) -> None:
    store.save(1, 0, "ann", work())
    with sqlite3.connect(path) as other:
        other.execute("UPDATE edits SET work = '{\"status\": 3}'")
    with pytest.raises(
        DatasetError, match=r"photo 1, revision 1: is damaged \(status: Expected str, got int\)"
    ):
        store.standing(1)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's file with some work in it, closed."""
    path = tmp_path_factory.mktemp("sound") / "annotations.sqlite"
    store = Store(path)
    store.add([NewPhoto(f"{number}.jpg", f"/{number}.jpg") for number in range(30)], "ann")
    for number in range(1, 20):
        store.save(number, 0, "ann", work(*(instance(str(one)) for one in range(20))))
    store.remember("target", "20")
    store.close()
    return path


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=200))
def test_a_damaged_file_is_read_or_refused_in_words(
    sound: Path, tmp_path: Path, bytes_changed: list[tuple[float, int]]
) -> None:
    path = tmp_path / "annotations.sqlite"
    for file in tmp_path.glob("annotations.sqlite*"):
        file.unlink()
    shutil.copyfile(sound, path)
    content = bytearray(path.read_bytes())
    for place, value in bytes_changed:
        content[int(place * len(content))] = value
    path.write_bytes(content)
    with suppress(WildwearError), closing(Store(path)) as store:
        store.photos()
        store.finished()
        store.number_setting("target")
        for number in (1, 15, 30):
            store.photo(number)
            store.save(number, store.standing(number).revision, "ann", work())


def test_a_database_of_another_program_stays_as_it_was_to_the_byte(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(DatasetError, match="another database"):
        Store(path)
    assert path.read_bytes() == before


def test_a_database_that_another_program_has_signed_is_its_own_though_empty(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA application_id = 7")
        other.execute("VACUUM")
    with pytest.raises(DatasetError, match="another database"):
        Store(path)

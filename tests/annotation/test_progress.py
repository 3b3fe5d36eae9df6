"""How far the work is, and how long the rest will take."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from made_annotations import instance, made_project, work
from wildwear.annotation import progress
from wildwear.annotation.progress import minutes_a_photo
from wildwear.annotation.work import Work


def test_what_is_done_skipped_and_left_is_counted(tmp_path: Path) -> None:
    store = made_project(tmp_path, [f"{number}.jpg" for number in range(5)]).store
    store.save(1, 0, "ann", work(instance("a", 2), instance("b", 2), instance("c", None)))
    store.save(2, 0, "ann", Work("skipped"))
    store.save(3, 0, "ann", work(instance("a", 3), status="todo"))
    found = progress(store, None)
    assert (found.todo, found.done, found.skipped, found.today) == (3, 1, 1, 2)
    assert (found.instances, found.by_category) == (4, {2: 2, 3: 1})


def test_a_photo_that_is_done_twice_counts_once(tmp_path: Path) -> None:
    store = made_project(tmp_path).store
    for revision in range(3):
        store.save(1, revision, "ann", work(*(instance(str(one)) for one in range(revision))))
    assert (progress(store, None).done, progress(store, None).today) == (1, 1)


def test_the_pace_leaves_out_the_night() -> None:
    evening = datetime(2026, 3, 1, 22, tzinfo=UTC)
    minutes = (0, 2, 4, 600, 603)
    assert minutes_a_photo([evening + timedelta(minutes=one) for one in minutes]) == pytest.approx(7 / 3)
    assert minutes_a_photo([evening]) is None
    assert minutes_a_photo([evening, evening + timedelta(hours=9)]) is None


@pytest.mark.parametrize(("target", "left"), [(None, 4), (3, 1), (2, 0), (100, 4)])
def test_time_is_left_for_what_the_target_asks_and_for_no_more_than_there_is(
    tmp_path: Path, target: int | None, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = made_project(tmp_path, [f"{number}.jpg" for number in range(6)]).store
    times = iter(["2026-03-01T10:00:00+00:00", "2026-03-01T10:06:00+00:00"])
    monkeypatch.setattr("wildwear.annotation.store.now", lambda: next(times))
    for number in (1, 2):
        store.save(number, 0, "ann", work(instance()))
    found = progress(store, target)
    assert found.minutes_a_photo == 6
    assert found.left_hours == pytest.approx(left / 10)

"""Copies among many photos."""

import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from wildwear import imaging
from wildwear.imaging import duplicates

MIRROR = int(imaging.MIRROR)


def by_hand(hashes: list[int], distance: int) -> set[tuple[int, int]]:
    """All pairs within the distance, mirrored or not."""
    return {
        (i, j)
        for j, second in enumerate(hashes)
        for i, first in enumerate(hashes[:j])
        if first
        and second
        and min((first ^ second).bit_count(), (first ^ second ^ MIRROR).bit_count()) <= distance
    }


@st.composite
def families(draw: st.DrawFn) -> list[int]:
    """Hashes of which many are near to one another, mirrored or not, some equal, some flat."""
    hashes: list[int] = []
    for seed in draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4)):
        for flips in draw(st.lists(st.lists(st.integers(0, 63), max_size=5), max_size=4)):
            mirrored = MIRROR if draw(st.booleans()) else 0
            hashes.append(seed ^ mirrored ^ sum(1 << bit for bit in set(flips)))
    return [*hashes, *draw(st.lists(st.just(0), max_size=3))]


@given(families(), st.integers(0, 7))
def test_the_pairs_within_a_distance_are_those_found_one_by_one(hashes: list[int], distance: int) -> None:
    found = duplicates.near_duplicates(np.array(hashes, np.uint64), distance)
    expected = by_hand(hashes, distance)
    assert {(int(i), int(j)) for i, j in found} <= expected
    # Of equal hashes only the first is compared, so it is the groups that must agree.
    pairs = np.array(sorted(expected), np.int64).reshape(-1, 2)
    ours, theirs = (duplicates.groups(len(hashes), each) for each in (found, pairs))
    assert (ours == theirs).all()


@given(families(), st.integers(0, 7), st.integers(1, 3))
def test_a_cropped_copy_is_found_wherever_a_part_is_near(
    hashes: list[int], distance: int, parts: int
) -> None:
    of_parts = np.array(hashes[::-1] * parts, np.uint64).reshape(parts, -1).T
    expected = {
        (min(i, j), max(i, j))
        for i, whole in enumerate(hashes)
        for j, row in enumerate(of_parts.tolist())
        for part in row
        if whole and part and i != j
        if min((whole ^ part).bit_count(), (whole ^ part ^ MIRROR).bit_count()) <= distance
    }
    found = duplicates.cropped(np.array(hashes, np.uint64), of_parts, distance)
    assert {(int(i), int(j)) for i, j in found} == expected


def test_many_comparisons_are_made_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = np.random.default_rng(0).integers(1, 64, 50, np.uint64)
    parts = hashes[::-1].reshape(-1, 1)
    whole = duplicates.cropped(hashes, parts)
    monkeypatch.setattr(duplicates, "AT_ONCE", 7)
    assert (duplicates.cropped(hashes, parts) == whole).all()
    assert len(whole) > 7


def test_a_thousand_black_photos_are_no_group() -> None:
    hashes = np.full(1000, imaging.FLAT)
    pairs = duplicates.near_duplicates(hashes)
    assert pairs.shape == (0, 2)
    assert len(set(duplicates.groups(1000, pairs))) == 1000


def test_a_thousand_copies_of_one_photo_are_one_group_of_few_pairs() -> None:
    pairs = duplicates.near_duplicates(np.full(1000, 12345, np.uint64))
    assert len(pairs) == 999
    assert set(duplicates.groups(1000, pairs)) == {0}


def test_groups_join_along_chains() -> None:
    assert duplicates.groups(5, np.array([[0, 3], [1, 3]])).tolist() == [0, 0, 1, 0, 2]


def test_a_hundred_thousand_photos_take_less_than_seconds() -> None:
    hashes = np.random.default_rng(0).integers(1, 2**63, 100_000, np.uint64)
    hashes[-1] = hashes[0] ^ np.uint64(0b10101)
    assert duplicates.near_duplicates(hashes).tolist() == [[0, 99_999]]


def test_the_copies_in_a_folder_are_found(shared: Path, tmp_path: Path) -> None:
    original, other = sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))[:2]
    shutil.copy(original, tmp_path / "0.jpg")
    shutil.copy(other, tmp_path / "1.jpg")
    with Image.open(original) as photo:
        photo.resize((photo.width // 2, photo.height // 2)).save(tmp_path / "2.jpg", quality=60)
        photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "3.jpg")
    cv2.imwrite(str(tmp_path / "4.jpg"), np.zeros((20, 20, 3), np.uint8))
    (tmp_path / "5.jpg").write_text("no photo")
    done = []
    hashes = duplicates.hash_photos(
        [tmp_path / f"{name}.jpg" for name in range(7)], progress=lambda *counts: done.append(counts)
    )
    assert done[-1] == (7, 7)
    assert hashes[4:].tolist() == [0, 0, 0]
    assert duplicates.groups(7, duplicates.near_duplicates(hashes)).tolist() == [0, 1, 0, 0, 2, 3, 4]


def test_an_interrupt_does_not_wait_for_the_photos_that_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []

    def slow(photo: Path) -> np.uint64:
        hashed.append(photo)
        time.sleep(0.01)
        return imaging.FLAT

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(duplicates, "_hash_or_flat", slow)
    with pytest.raises(KeyboardInterrupt):
        duplicates.hash_photos([tmp_path] * 1000, interrupt)
    assert len(hashed) < 500

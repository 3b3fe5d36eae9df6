"""The hash that a photo's copies share."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.imaging import FLAT, MIRROR, PARTS, part_hashes, photo_hash, quality

Photo = NDArray[np.uint8]


@pytest.fixture(scope="module")
def photos(shared: Path) -> list[Photo]:
    """Sixty photos, street and wild."""
    folders = (shared / "data" / "clothing-co-parsing" / "photos", shared / "data" / "wild-pool")
    return [imaging.read_photo(path) for folder in folders for path in sorted(folder.glob("*.jpg"))[:30]]


def smaller(photo: Photo, side: int) -> Photo:
    scale = side / max(photo.shape[:2])
    resized = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return resized.astype(np.uint8, copy=False)


def compressed(photo: Photo, quality: int) -> Photo:
    _, encoded = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded.astype(np.uint8, copy=False)


def bits(a: np.uint64, b: np.uint64) -> int:
    return int(np.bitwise_count(a ^ b))


def test_a_copy_made_smaller_and_compressed_keeps_its_hash_nearly(photos: list[Photo]) -> None:
    distances = [bits(photo_hash(photo), photo_hash(compressed(smaller(photo, 256), 40))) for photo in photos]
    assert np.mean(np.array(distances) <= 3) >= 0.9
    assert max(distances) <= 12


def test_a_grey_copy_has_the_same_hash(photos: list[Photo]) -> None:
    for photo in photos[::10]:
        grey = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        assert photo_hash(grey.astype(np.uint8, copy=False)) == photo_hash(photo)


def test_the_hash_of_a_mirrored_photo_is_known(photos: list[Photo]) -> None:
    for photo in photos[::10]:
        mirrored = np.ascontiguousarray(photo[:, ::-1])
        assert bits(photo_hash(mirrored), photo_hash(photo) ^ MIRROR) <= 1


def test_what_is_left_of_a_photo_with_a_tenth_cut_off_has_the_hash_of_a_part(photos: list[Photo]) -> None:
    random = np.random.default_rng(0)
    distances = []
    for photo in photos:
        height, width = photo.shape[:2]
        top, left = random.integers(height // 10 + 1), random.integers(width // 10 + 1)
        left_over = photo[top : top + height - height // 10, left : left + width - width // 10]
        distances.append(np.bitwise_count(part_hashes(photo) ^ photo_hash(left_over)).min())
    assert np.mean(np.array(distances) <= 4) >= 0.9
    assert max(distances) <= 8


def test_a_part_without_content_has_the_flat_hash() -> None:
    photo = np.full((100, 100, 3), 255, np.uint8)
    assert (part_hashes(photo) == FLAT).all()
    photo[:8] = 0
    assert part_hashes(photo).shape == (PARTS,)
    assert 0 < (part_hashes(photo) == FLAT).sum() < PARTS


def test_different_photos_are_far_apart(photos: list[Photo]) -> None:
    hashes = np.array([photo_hash(photo) for photo in photos])
    distances = np.bitwise_count(hashes[:, None] ^ hashes[None])[np.triu_indices(len(hashes), 1)]
    assert distances.min() > 8


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_photo_without_content_has_the_flat_hash(grey: int) -> None:
    photo = np.full((40, 30, 3), grey, np.uint8)
    assert photo_hash(photo) == FLAT
    noise = np.random.default_rng(0).integers(0, 3, photo.shape, np.uint8)
    assert photo_hash(np.clip(photo.astype(int) + noise, 0, 255).astype(np.uint8)) == FLAT


def test_hashes_are_those_of_the_luma(photos: list[Photo]) -> None:
    for photo in photos[::10]:
        assert photo_hash(quality.luma(photo)) == photo_hash(photo)
        assert (part_hashes(quality.luma(photo)) == part_hashes(photo)).all()


def test_the_smallest_photo_has_a_hash() -> None:
    photo = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    assert photo_hash(photo).dtype == np.uint64

"""Photos in buckets."""

import pickle
import time
from pathlib import Path

import pytest

from curation.conftest import write_noise
from wildwear.errors import PhotoError
from wildwear.gathering import gather, place_called
from wildwear.gathering.buckets import Stored, is_bucket, opened

KEYS = ("in/1.jpg", "in/10.jpg", "in/2.jpg", "in/notes.txt", "in/.hidden/3.jpg", "other/4.jpg")


@pytest.fixture
def content(bucket: str, tmp_path: Path) -> bytes:
    """What each photo in the bucket holds."""
    write_noise(tmp_path / "1.jpg", 1)
    content = (tmp_path / "1.jpg").read_bytes()
    for key in KEYS:
        opened("wardrobe").put(key, content)
    return content


def test_photos_below_a_name_are_found_in_natural_order_without_what_is_hidden(
    bucket: str, content: bytes
) -> None:
    found = gather([f"{bucket}/in"], web=True)
    names = ["wardrobe/in/1.jpg", "wardrobe/in/2.jpg", "wardrobe/in/10.jpg"]
    assert [photo.name for photo in found.photos] == names
    assert found.mistakes == found.skipped == []
    place = found.photos[0].place
    assert isinstance(place, Stored)
    assert place.size == len(content)
    assert place.modified == pytest.approx(time.time_ns(), abs=60e9)


def test_a_photo_is_read_also_from_another_process_and_by_what_it_was_called(
    bucket: str, content: bytes
) -> None:
    [photo] = gather([f"{bucket}/other/4.jpg"], web=True).photos
    assert photo.name == "wardrobe/other/4.jpg"
    for place in (photo.place, pickle.loads(pickle.dumps(photo.place)), place_called(str(photo.place))):
        assert not isinstance(place, Path)
        assert place.read() == content


def test_what_is_not_there_is_a_mistake_and_in_a_list_is_skipped(
    bucket: str, content: bytes, tmp_path: Path
) -> None:
    nowhere = f"{bucket}/nowhere"
    [mistake] = gather([nowhere], web=True).mistakes
    assert mistake.startswith(f"{nowhere}: the bucket cannot be read (")
    [mistake] = gather(["s3://nowhere/in"], web=True).mistakes
    assert mistake == "s3://nowhere/in: the bucket cannot be read (The specified bucket does not exist)"
    (tmp_path / "list.txt").write_text(f"{nowhere}\n{bucket}/in/1.jpg\n")
    found = gather([str(tmp_path / "list.txt")], web=True)
    assert [photo.name for photo in found.photos] == ["wardrobe/in/1.jpg"]
    assert [name for name, _ in found.skipped] == [nowhere]
    with pytest.raises(PhotoError, match=r"s3://wardrobe/gone\.jpg: cannot be loaded"):
        Stored("wardrobe", "gone.jpg").read()


def test_nothing_is_asked_of_a_bucket_where_others_say_what_is_named() -> None:
    assert gather(["s3://pool/in"]).mistakes == [
        "s3://pool/in: is on the web, from where nothing is read here"
    ]


@pytest.mark.parametrize(
    ("named", "is_one"), [("s3://pool", True), ("S3://pool/a b", True), ("s3:/pool", False), ("s3://", False)]
)
def test_a_bucket_has_a_name(named: str, is_one: bool) -> None:
    assert is_bucket(named) is is_one

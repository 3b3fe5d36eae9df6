"""What a place was called leads back to it."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from wildwear.errors import PhotoError
from wildwear.gathering import gather, place_called, uri_of
from wildwear.gathering.addresses import Address


def test_a_file_and_an_address_are_what_they_are_called(tmp_path: Path) -> None:
    assert place_called(str(tmp_path / "a.jpg")) == tmp_path / "a.jpg"
    assert place_called("https://example.com/a.jpg") == Address("https://example.com/a.jpg")


@pytest.mark.parametrize("suffix", ["zip", "tar"])
def test_photos_in_archives_are_found_again(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"pool.{suffix}"
    if suffix == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("in/a.jpg", b"content")
    else:
        with tarfile.open(path, "w") as packed_tar:
            member = tarfile.TarInfo("in/a.jpg")
            member.size = 7
            packed_tar.addfile(member, io.BytesIO(b"content"))
    monkeypatch.chdir(tmp_path)
    [photo] = gather([path.name]).photos
    called = uri_of(photo.place)
    monkeypatch.chdir("/")  # it is found from anywhere
    found = place_called(called)
    assert not isinstance(found, Path)
    assert found.read() == b"content"
    with pytest.raises(PhotoError, match="is not in"):
        place_called(f"{path}/in/b.jpg")

"""Photos are listed by whatever lists them."""

from pathlib import Path

import polars as pl
import pytest

from made_batches import write_photo
from made_catalogs import make_catalog
from wildwear.batch import listed
from wildwear.errors import DatasetError


def rows(*sources: object) -> list[tuple[str, str, str | None]]:
    found = listed(map(str, sources))
    assert found.mistakes == []
    return found.photos.collect().rows()


def test_folders_are_as_segment_takes_them(pool: Path) -> None:
    names = [photo for photo, _, _ in rows(pool)]
    assert names[:3] == ["1.png", "2.png", "4.png"]
    assert set(rows(pool)) >= {("more/3.png", str(pool / "more" / "3.png"), None)}


def test_what_lies_among_photos_and_is_none_comes_with_the_reason(pool: Path) -> None:
    (pool / "nowhere.jpg").symlink_to("gone.jpg")
    assert rows(pool)[-1][:2] == ("nowhere.jpg", str(pool / "nowhere.jpg"))
    assert rows(pool)[-1][2]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("column", ["uri", "url", "path", "file_name", "photo"])
def test_a_table_lists_paths_and_addresses(suffix: str, column: str, tmp_path: Path) -> None:
    table = pl.DataFrame(
        {"number": [1, 2, 3], column: ["/photos/1.jpg", "https://example.com/2.jpg?a=b", None]}
    )
    path = tmp_path / f"photos{suffix}"
    table.write_csv(path) if suffix == ".csv" else table.write_parquet(path)
    places = ["/photos/1.jpg", "https://example.com/2.jpg?a=b"]
    assert rows(path) == [(place, place, None) for place in places]


def test_a_table_may_name_photos_as_well(tmp_path: Path) -> None:
    pl.DataFrame({"photo": ["holiday"], "path": ["/photos/1.jpg"]}).write_csv(tmp_path / "photos.csv")
    assert rows(tmp_path / "photos.csv") == [("holiday", "/photos/1.jpg", None)]


def test_paths_of_a_table_are_seen_from_here_or_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_photo(tmp_path / "lists" / "1.png", 1)
    pl.DataFrame({"path": ["1.png"]}).write_csv(tmp_path / "lists" / "photos.csv")
    assert rows("lists/photos.csv") == [("1.png", str(tmp_path / "lists" / "1.png"), None)]
    write_photo(tmp_path / "1.png", 1)
    assert rows("lists/photos.csv") == [("1.png", str(tmp_path / "1.png"), None)]


@pytest.mark.parametrize("path", ["a" * 5000 + ".jpg", "a\0b.jpg"], ids=["too long", "no path"])
def test_what_no_disk_can_hold_is_listed_like_any_other_photo(path: str, tmp_path: Path) -> None:
    pl.DataFrame({"path": [path, "1.jpg"]}).write_parquet(tmp_path / "photos.parquet")
    assert [name for name, _, _ in rows(tmp_path / "photos.parquet")] == [path, "1.jpg"]


def test_a_catalog_is_a_table(chosen_from: Path) -> None:
    assert rows(chosen_from) == [("a/1.jpg", "/photos/a/1.jpg", None)]


@pytest.fixture
def chosen_from(tmp_path: Path) -> Path:
    columns = {"photo": ["a/1.jpg"], "path": ["/photos/a/1.jpg"], "faces": [1]}
    return make_catalog(tmp_path / "catalog", columns).path


def test_a_table_that_says_of_no_photo_where_it_lies_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"name": ["1.jpg"]}).write_csv(tmp_path / "photos.csv")
    with pytest.raises(
        DatasetError, match=r"has none of the columns uri, url, path, file_name, photo.* it has name"
    ):
        listed([str(tmp_path / "photos.csv")])


@pytest.mark.parametrize("name", ["photos.csv", "photos.parquet"])
def test_a_damaged_table_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\xff\xfe\x00" if name.endswith("t") else b"")
    with pytest.raises(DatasetError, match=f"{name}: is a damaged table"):
        listed([str(tmp_path / name)])


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    assert listed(["-"]).mistakes == ["-: a pipe cannot be read again; save the photo to a file"]

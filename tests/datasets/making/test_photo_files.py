"""Photos found, linked and copied, never changed."""

from pathlib import Path

import pytest

from made_datasets import make_dataset, write_photo
from wildwear.datasets.making.photo_files import locate, place
from wildwear.errors import DatasetError, OutputError


def test_photos_are_found_beside_the_file_or_where_one_says(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "a.json", [("1.jpg", []), ("2.jpg", [])])
    (tmp_path / "images" / "2.jpg").rename(tmp_path / "2.jpg")
    assert locate(dataset) == {7: tmp_path / "images" / "1.jpg", 17: tmp_path / "2.jpg"}
    assert locate(dataset, tmp_path / "images") == {7: tmp_path / "images" / "1.jpg"}


def test_a_name_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    dataset = make_dataset(tmp_path / "a.json", [("../1.jpg", [])], written=False)
    with pytest.raises(DatasetError, match=r"'\.\./1\.jpg' leaves its folder"):
        locate(dataset)


@pytest.mark.parametrize("how", ["symlink", "copy"])
def test_a_photo_is_placed_under_its_new_name(tmp_path: Path, how: str) -> None:
    write_photo(tmp_path / "from" / "1.jpg")
    content = (tmp_path / "from" / "1.jpg").read_bytes()
    place({"new/0.jpg": tmp_path / "from" / "1.jpg"}, tmp_path / "to", how)  # type: ignore[arg-type]
    placed = tmp_path / "to" / "new" / "0.jpg"
    assert placed.is_symlink() == (how == "symlink")
    assert placed.read_bytes() == content
    placed.unlink()
    assert (tmp_path / "from" / "1.jpg").read_bytes() == content


def test_a_link_leads_to_the_photo_itself_and_moves_with_both_folders(tmp_path: Path) -> None:
    write_photo(tmp_path / "home" / "from" / "1.jpg")
    (tmp_path / "home" / "chain").symlink_to("from")
    place({"1.jpg": tmp_path / "home" / "chain" / "1.jpg"}, tmp_path / "home" / "to", "symlink")
    (tmp_path / "home" / "chain").unlink()
    (tmp_path / "home").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "to" / "1.jpg").read_bytes()


def test_a_link_placed_behind_a_link_finds_its_photo(tmp_path: Path) -> None:
    write_photo(tmp_path / "1.jpg")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "short").symlink_to("deep/er")
    place({"1.jpg": tmp_path / "1.jpg"}, tmp_path / "short" / "images", "symlink")
    assert (tmp_path / "short" / "images" / "1.jpg").read_bytes()


def test_another_file_in_the_way_is_found_out_before_the_first_is_placed(tmp_path: Path) -> None:
    for name in ("1.jpg", "2.jpg"):
        write_photo(tmp_path / "from" / name)
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "2.jpg").write_text("mine")
    photos = {name: tmp_path / "from" / name for name in ("1.jpg", "2.jpg")}
    with pytest.raises(OutputError, match=r"2\.jpg: another file is in the way"):
        place(photos, tmp_path / "to", "symlink")
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["2.jpg"]
    assert (tmp_path / "to" / "2.jpg").read_text() == "mine"


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    write_photo(tmp_path / "1.jpg")
    for _ in range(2):
        place({"1.jpg": tmp_path / "1.jpg"}, tmp_path / "to", "copy")
    place({"1.jpg": tmp_path / "1.jpg"}, tmp_path / "to", "symlink")
    assert not (tmp_path / "to" / "1.jpg").is_symlink()


def test_a_link_whose_photo_has_gone_is_replaced(tmp_path: Path) -> None:
    write_photo(tmp_path / "1.jpg")
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "1.jpg").symlink_to("nowhere.jpg")
    place({"1.jpg": tmp_path / "1.jpg"}, tmp_path / "to", "symlink")
    assert (tmp_path / "to" / "1.jpg").is_file()


def test_what_was_placed_is_taken_away_again_when_the_next_cannot_be(tmp_path: Path) -> None:
    write_photo(tmp_path / "1.jpg")
    photos = {"a": tmp_path / "1.jpg", "a/1.jpg": tmp_path / "1.jpg"}  # a file and a folder of one name
    with pytest.raises(OutputError, match="cannot be written"):
        place(photos, tmp_path / "to", "copy")
    assert not [path for path in (tmp_path / "to").rglob("*") if path.is_file()]

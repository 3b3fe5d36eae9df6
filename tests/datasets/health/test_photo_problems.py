"""Photos that are missing, damaged, turned, copied, or in two datasets."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.health import Kind, check
from wildwear.errors import DatasetError

Document = dict[str, Any]
Write = Callable[[Document], Path]


def found(*paths: Path, images_dir: Path | None = None) -> list[tuple[str, Kind, str]]:
    return [
        (report.path.name, problem.kind, str(problem.place))
        for report in check(paths, images_dir)
        for problem in report.problems
    ]


def test_a_truncated_photo_is_found_by_decoding_it(
    sound: Document, folder: Path, write: Write, shared: Path
) -> None:
    photo = shared / "data" / "clothing-co-parsing" / "photos" / "0001.jpg"
    height, width = imaging.photo_size(photo)
    content = photo.read_bytes()
    (folder / "images" / "c.jpg").write_bytes(content[: len(content) // 2])
    sound["images"].append({"id": 12, "file_name": "c.jpg", "width": width, "height": height})
    assert ("set.json", Kind.PHOTO_UNREADABLE, "images[2].file_name") in found(write(sound))


def test_a_photo_turned_by_exif_is_told_from_one_of_another_size(
    sound: Document, folder: Path, write: Write
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(folder / "images" / "b.png") as photo:
        photo.save(folder / "images" / "b.jpg", exif=exif)
    sound["images"][1]["file_name"] = "b.jpg"
    assert found(write(sound)) == [("set.json", Kind.TURNED, "images[1]")]


def test_a_name_that_no_file_can_have_is_a_photo_that_cannot_be_read(sound: Document, write: Write) -> None:
    sound["images"][1]["file_name"] = "b" * 300
    assert found(write(sound)) == [("set.json", Kind.PHOTO_UNREADABLE, "images[1].file_name")]


def test_names_of_one_photo_are_compared_however_they_are_written(sound: Document, write: Write) -> None:
    sound["images"][0]["file_name"], sound["images"][1]["file_name"] = "x/\u00fc.png", ".\\x\\u\u0308.png"
    assert ("set.json", Kind.SAME_FILE, "images[1].file_name") in found(write(sound))


@pytest.mark.parametrize("case", ["18/result.json", "31/two.json"])
def test_a_photo_is_there_whose_name_is_written_in_another_way(shared: Path, case: str) -> None:
    kinds = {kind for _, kind, _ in found(shared / "cases" / case)}
    assert not kinds & {Kind.PHOTO_MISSING, Kind.PHOTOS_NOT_FOUND, Kind.LEAVES_FOLDER}


def test_a_photo_in_two_datasets_of_one_folder_is_a_leak_also_where_it_is_not_at_hand(
    sound: Document, tmp_path: Path
) -> None:
    for name in ("train", "val", "elsewhere/val"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Dataset(sound).save(tmp_path / f"{name}.json")
    leaks = [one for one in found(tmp_path / "train.json", tmp_path / "val.json") if one[1] is Kind.LEAK]
    assert leaks == [("val.json", Kind.LEAK, f"images[{index}].file_name") for index in (0, 1)]
    other = found(tmp_path / "train.json", tmp_path / "elsewhere" / "val.json")
    assert Kind.LEAK not in {kind for _, kind, _ in other}


def test_a_photo_with_two_records_is_reported(shared: Path) -> None:
    shared_names = [one for one in found(shared / "cases" / "21b" / "dup.json") if one[1] is Kind.SAME_FILE]
    assert len(shared_names) == 12


def test_names_that_differ_in_capitals_alone_are_found(sound: Document, folder: Path, write: Write) -> None:
    shutil.move(folder / "images" / "b.png", folder / "images" / "A.PNG")
    sound["images"][1]["file_name"] = "A.PNG"
    assert found(write(sound)) == [("set.json", Kind.SAME_LETTERS, "images[1].file_name")]


def test_a_file_of_the_same_content_is_found(sound: Document, folder: Path, write: Write) -> None:
    shutil.copy(folder / "images" / "a.png", folder / "images" / "b.png")
    assert found(write(sound)) == [("set.json", Kind.SAME_PHOTO, "images[1].file_name")]


def test_a_folder_of_photos_that_is_none_is_refused(sound: Document, write: Write, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere: no such folder"):
        check([write(sound)], tmp_path / "nowhere")


def test_where_a_folder_is_named_every_photo_that_is_not_in_it_is_an_error(
    sound: Document, write: Write, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    kinds = [kind for _, kind, _ in found(write(sound), images_dir=tmp_path / "empty")]
    assert kinds == [Kind.PHOTO_MISSING] * 2


@pytest.mark.parametrize("way", ["itself", "smaller", "mirrored"])
def test_a_photo_in_two_datasets_is_a_leak_also_as_a_copy(shared: Path, tmp_path: Path, way: str) -> None:
    photos = sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))[:6]
    names = {"train": [p.name for p in photos[:4]], "val": [p.name for p in photos[4:]]}
    copied = imaging.read_photo(photos[2])
    if way == "smaller":
        copied = cv2.resize(copied, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    elif way == "mirrored":
        copied = np.ascontiguousarray(copied[:, ::-1])
    (tmp_path / "images").mkdir()
    for photo in photos:
        shutil.copy(photo, tmp_path / "images" / photo.name)
    imaging.write_image(tmp_path / "images" / "other.jpg", copied)
    if way == "itself":
        shutil.copy(photos[2], tmp_path / "images" / "other.jpg")
    names["val"].append("other.jpg")
    for split, of_split in names.items():
        sizes = [imaging.photo_size(tmp_path / "images" / name) for name in of_split]
        images = [
            {"id": number, "file_name": name, "height": height, "width": width}
            for number, (name, (height, width)) in enumerate(zip(of_split, sizes, strict=True))
        ]
        Dataset({"images": images, "annotations": [], "categories": []}).save(tmp_path / f"{split}.json")
    leaks = [one for one in found(tmp_path / "train.json", tmp_path / "val.json") if one[1] is Kind.LEAK]
    assert leaks == [("val.json", Kind.LEAK, "images[2].file_name")]

"""What every format has in common that holds a photo under its name alone."""

import os
from pathlib import Path

import pytest
from PIL import Image

from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import named
from wildwear.errors import DatasetError

SPELLINGS = ("gr\u00fcn.jpg", "gru\u0308n.jpg")


@pytest.mark.parametrize("format_name", ["labelme", "label-studio", "cvat", "voc", "yolo"])
@pytest.mark.parametrize("names", [("frame.jpg", "frame.jpg"), SPELLINGS])
def test_two_records_of_one_photo_are_refused_with_both(
    tmp_path: Path, format_name: str, names: tuple[str, str]
) -> None:
    images = [
        {"id": number, "file_name": name, "width": 8, "height": 8}
        for number, name in zip((1, 51), names, strict=True)
    ]
    dataset = Dataset({"images": images, "annotations": [], "categories": []})
    write = named(format_name).write
    assert write is not None
    with pytest.raises(DatasetError) as error:
        write(dataset.stream(), tmp_path / "out", Conversion())
    assert f"image 51 ({names[1]}) has the photo of image 1 ({names[0]})" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_the_same_of_the_case(shared: Path, tmp_path: Path) -> None:
    dataset = Dataset.load(shared / "cases" / "10" / "dup.json")
    for format_name in ("labelme", "label-studio", "cvat", "voc", "yolo", "via"):
        write = named(format_name).write
        assert write is not None
        with pytest.raises(DatasetError, match=r"frame\.jpg"):
            write(dataset.stream(), tmp_path / format_name, Conversion())


@pytest.fixture
def undecodable(tmp_path: Path) -> Dataset:
    """Two photos whose names are one byte each that is no UTF-8, beside their dataset."""
    (tmp_path / "images").mkdir()
    images = []
    for number, name in enumerate((b"\xfe.png", b"\xff.png"), start=1):
        photo = tmp_path / "images" / os.fsdecode(name)
        try:
            Image.new("RGB", (8, 8 + number)).save(photo, "PNG")
        except OSError:
            pytest.skip("this disk keeps names as text")
        images.append({"id": number, "file_name": photo.name, "width": 8, "height": 8 + number})
    masks = [
        {"id": one["id"], "image_id": one["id"], "category_id": 3, "segmentation": [[1, 1, 7, 1, 7, 7]]}
        for one in images
    ]
    document = {"images": images, "annotations": masks, "categories": [{"id": 3, "name": "hat"}]}
    return Dataset(document, tmp_path / "set.json")


@pytest.mark.parametrize(("format_name", "target"), [("coco", "a.json"), ("yolo", "yolo"), ("labelme", "lm")])
def test_names_that_are_no_text_are_two_photos_there_and_back(
    undecodable: Dataset, tmp_path: Path, format_name: str, target: str
) -> None:
    format_ = named(format_name)
    assert format_.write is not None
    format_.write(undecodable.stream(), tmp_path / target, Conversion(images=tmp_path / "images"))
    conversion = Conversion(images=tmp_path / "images")
    again = Dataset.read(tmp_path / target, conversion=conversion)  # guessed
    assert [image["file_name"] for image in again.images] == ["\udcfe.png", "\udcff.png"]
    assert [image["height"] for image in again.images] == [9, 10]
    assert len(again.instances()) == 2
    assert all(again.photo_path(image, tmp_path / "images").is_file() for image in again.images)


@pytest.mark.parametrize("format_name", ["cvat", "voc", "via"])
def test_a_format_of_text_alone_refuses_names_that_are_none(
    undecodable: Dataset, tmp_path: Path, format_name: str
) -> None:
    write = named(format_name).write
    assert write is not None
    with pytest.raises(DatasetError, match=r"fe\.png|\udcfe\.png"):
        write(undecodable.stream(), tmp_path / "out", Conversion())
    assert not (tmp_path / "out").exists()

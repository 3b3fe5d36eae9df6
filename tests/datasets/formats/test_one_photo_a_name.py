"""What every format has in common that holds a photo under its name alone."""

from pathlib import Path

import pytest

from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import named
from wildwear.errors import DatasetError

SPELLINGS = ("gr\u00fcn.jpg", "gru\u0308n.jpg")


@pytest.mark.parametrize("format_name", ["labelme", "cvat", "voc", "yolo"])
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
    for format_name in ("labelme", "cvat", "voc", "yolo", "via"):
        write = named(format_name).write
        assert write is not None
        with pytest.raises(DatasetError, match=r"frame\.jpg"):
            write(dataset.stream(), tmp_path / format_name, Conversion())

"""Clothing Co-Parsing in its own layout."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from wildwear import imaging
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import FORMATS, ccp, guess
from wildwear.errors import DatasetError


def test_the_labels_are_those_of_the_published_list(ccp_folder: Path) -> None:
    labels = ccp.load_labels(ccp_folder)
    assert len(labels) == 59
    assert (labels[0], labels[19], labels[41]) == ("null", "hair", "skin")


def test_a_label_map_has_the_size_of_its_photo(ccp_folder: Path) -> None:
    label_map = ccp.load_label_map(ccp_folder, "0001")
    assert label_map.shape == imaging.photo_size(ccp_folder / "photos" / "0001.jpg")
    assert set(np.unique(label_map)) <= set(range(59))


def test_a_damaged_or_foreign_matlab_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "label_list.mat").write_bytes(b"MATLAB 5.0 MAT-file, and then nothing")
    with pytest.raises(DatasetError, match=r"label_list\.mat: is not a readable MATLAB file"):
        ccp.load_labels(tmp_path)
    scipy.io.savemat(tmp_path / "label_list.mat", {"other": np.zeros(1)})
    with pytest.raises(DatasetError, match=r"label_list\.mat: holds no variable 'label_list'"):
        ccp.load_labels(tmp_path)


def test_a_label_map_of_another_kind_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "annotations" / "pixel-level"
    folder.mkdir(parents=True)
    scipy.io.savemat(folder / "0001.mat", {"groundtruth": np.zeros((4, 4, 3), np.uint8)})
    with pytest.raises(DatasetError, match="groundtruth: expected"):
        ccp.load_label_map(tmp_path, "0001")


NAMES = ["null", "bag", "skin", "hair", "coat"]


def made(folder: Path, maps: dict[str, object], names: list[str] = NAMES) -> Path:
    """A small folder in CCP's layout; label maps by photo."""
    (folder / ccp.LABEL_MAPS).mkdir(parents=True)
    cells = np.empty((1, len(names)), object)
    cells[0] = names
    scipy.io.savemat(folder / ccp.LABELS, {"label_list": cells})
    for photo, pixels in maps.items():
        scipy.io.savemat(folder / ccp.LABEL_MAPS / f"{photo}.mat", {"groundtruth": pixels})
    return folder


PIXELS = np.array([[0, 1, 1, 0], [4, 4, 2, 1], [4, 4, 3, 0]], np.uint8)


def test_each_label_of_a_photo_is_one_instance_with_exactly_its_pixels(tmp_path: Path) -> None:
    folder = made(tmp_path, {"0007": PIXELS, "0012": np.zeros((2, 2), np.uint8)})
    assert guess(folder) is FORMATS["ccp"]
    dataset = Dataset.read(folder)
    assert dataset.images[0] == {
        "id": 7,
        "file_name": "0007.jpg",
        "width": 4,
        "height": 3,
        "license": 1,
        "source": "street",
    }
    assert [image["id"] for image in dataset.images] == [7, 12]
    assert [annotation["id"] for annotation in dataset.annotations] == [7001, 7002, 7003, 7004]
    for annotation in dataset.annotations:
        mask = imaging.decode(annotation["segmentation"])
        assert (mask == (annotation["category_id"] == PIXELS)).all()
        assert annotation["area"] == mask.sum()
    assert dataset.annotations[0]["bbox"] == [1, 0, 3, 2]
    assert {category["id"]: category["name"] for category in dataset.categories} == dict(
        enumerate(NAMES[1:], 1)
    )
    assert dataset.info["label_set"] == "ccp"
    assert dataset.mask_convention == "visible"


def test_hair_and_skin_are_no_garments(tmp_path: Path) -> None:
    dataset = Dataset.read(made(tmp_path, {"7": PIXELS}), conversion=Conversion(garments_only=True))
    assert [category["name"] for category in dataset.categories] == ["bag", "coat"]
    assert [annotation["category_id"] for annotation in dataset.annotations] == [1, 4]


def test_the_published_photos_come_one_by_one_and_those_with_tags_alone_are_counted(ccp_folder: Path) -> None:
    conversion = Conversion()
    stream = ccp.read(ccp_folder, conversion)
    assert stream.total == 902
    assert conversion.notes == {"photos with tags but without a label map, left out": 1094}
    assert len(stream.header["categories"]) == 58
    for _ in range(5):
        image, annotations = next(stream.photos)
        label_map = ccp.load_label_map(ccp_folder, image["file_name"].removesuffix(".jpg"))
        assert {annotation["category_id"] for annotation in annotations} == set(np.unique(label_map)) - {0}
        assert sum(annotation["area"] for annotation in annotations) == (label_map > 0).sum()


@pytest.mark.parametrize(
    ("photo", "pixels", "message"),
    [
        ("0001", np.full((2, 2), 5, np.uint8), r"0001\.mat: groundtruth: 5 is no label; there are 5"),
        ("0001", np.zeros((2, 2), np.float64), r"0001\.mat: groundtruth: expected"),
        ("0001", np.zeros((0, 0), np.uint8), r"0001\.mat: groundtruth: expected"),
        (
            "0001",
            np.zeros((3, 2), np.uint8),
            r"0001\.mat: groundtruth: has \(3, 2\) px .* its photo \(2, 2\)",
        ),
        ("one", np.zeros((2, 2), np.uint8), r"one\.mat: expected a number as its name"),
        ("02", np.zeros((2, 2), np.uint8), r"2\.mat: another label map has the same number"),
    ],
)
def test_a_malformed_label_map_is_named_and_can_be_skipped(
    tmp_path: Path, photo: str, pixels: object, message: str
) -> None:
    folder = made(tmp_path, {"2": np.ones((2, 2), np.uint8), photo: pixels})
    (folder / "photos").mkdir()
    Image.new("RGB", (2, 2)).save(folder / "photos" / "0001.jpg")
    with pytest.raises(DatasetError, match=message):
        Dataset.read(folder)
    conversion = Conversion(skip_malformed=True)
    assert len(Dataset.read(folder, conversion=conversion).images) == 1
    assert len(conversion.left_out) == 1


def test_a_list_of_labels_that_is_none_and_a_folder_without_maps_are_named(tmp_path: Path) -> None:
    folder = made(tmp_path, {})
    with pytest.raises(DatasetError, match="holds no label maps"):
        Dataset.read(folder)
    scipy.io.savemat(folder / ccp.LABELS, {"label_list": np.zeros((1, 3))})
    with pytest.raises(DatasetError, match=r"label_list\.mat: label_list: expected the names of labels"):
        Dataset.read(folder)

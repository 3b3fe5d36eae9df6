"""Pipes and links that lead nowhere among the files of a dataset: named and left out, not waited for."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from wildwear.datasets import Conversion, Dataset

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs pipes and links")
TRIANGLE = [[1, 1], [7, 1], [7, 5]]
VOC = "<annotation><filename>a.jpg</filename><size><width>8</width><height>8</height></size></annotation>"


def labelme(folder: Path) -> Path:
    shape = {"label": "hat", "points": TRIANGLE, "shape_type": "polygon", "group_id": None}
    document = {"shapes": [shape], "imagePath": "a.jpg", "imageHeight": 8, "imageWidth": 8}
    (folder / "b.json").write_text(json.dumps(document))
    return folder / "a.json"


def voc(folder: Path) -> Path:
    (folder / "Annotations").mkdir()
    (folder / "Annotations" / "b.xml").write_text(VOC)
    return folder / "Annotations" / "a.xml"


def deepfashion2(folder: Path) -> Path:
    (folder / "annos").mkdir()
    item = {
        "category_id": 1,
        "category_name": "short sleeve top",
        "bounding_box": [1, 1, 7, 7],
        "segmentation": [[1, 1, 7, 1, 7, 7]],
        "landmarks": [0, 0, 0] * 25,
    }
    (folder / "annos" / "000002.json").write_text(json.dumps({"item1": item, "source": "shop", "pair_id": 1}))
    return folder / "annos" / "000001.json"


def yolo(folder: Path) -> Path:
    (folder / "images").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "images" / "b.jpg")
    (folder / "data.yaml").write_text("train: images\nval: images\nnames: [hat]\n")
    return folder / "images" / "a.jpg"


@pytest.mark.parametrize("make", [labelme, voc, deepfashion2, yolo], ids=lambda make: make.__name__)
@pytest.mark.parametrize("kind", ["pipe", "loop", "dangling"])
def test_what_is_no_file_is_named_and_left_out(
    tmp_path: Path, make: Callable[[Path], Path], kind: str
) -> None:
    odd = make(tmp_path)
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to(odd.name if kind == "loop" else "nowhere")
    conversion = Conversion()
    assert len(Dataset.read(tmp_path, conversion=conversion).images) == 1
    assert [note for note in conversion.notes if str(odd) in note and "left out" in note]

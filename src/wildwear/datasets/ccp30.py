"""CCP-30: Clothing Co-Parsing re-annotated in the 30 categories, built from CCP's label maps and the table
`ccp30.csv`.

A row of the table names one instance of a photo: the CCP label (or several, joined by `+`) whose pixels make
it, and its category; `ignore` marks a real garment that is not judged, `drop` no garment, `same_as` the row
this one is a
part of.
"""

import csv
import filecmp
import os
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging, taxonomy
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.formats import ccp
from wildwear.errors import DatasetError, OutputError

SPLITS = ("train", "val", "test")
NOTHING_FOUND = {"0536": "train"}  # seen by the annotator, who found no garment: a negative for training
SMALLEST_SPECK = 30  # px; smaller connected parts are slips of CCP's superpixels
SMALLEST_INSTANCE = 60  # px; smaller ones cannot be named by eye


@dataclass(frozen=True)
class Row:
    """One line of the table: an instance, or a part of one."""

    photo: str
    split: str
    ccp_label: str
    category: str
    same_as: str
    unsure: bool


def read_table() -> list[Row]:
    """The rows of `ccp30.csv` as the package carries it."""
    text = (resources.files("wildwear.datasets") / "ccp30.csv").read_text(encoding="utf-8")
    _, *lines = csv.reader(text.splitlines())
    return [
        Row(photo, split, ccp_label, category, same_as, unsure == "1")
        for photo, split, ccp_label, category, same_as, unsure in lines
    ]


def build_ccp30(
    source: str | Path,
    out: str | Path,
    *,
    photos: Literal["symlink", "copy"] = "symlink",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Dataset]:
    """Build the three splits of CCP-30 into `out`: `train.json`, `val.json`, `test.json` and `images/`.

    Args:
        source: a Clothing Co-Parsing folder: `photos/`, `annotations/pixel-level/*.mat`, `label_list.mat`.
        out: where the dataset goes. Writing again over an earlier build is fine: the result is the same,
            byte by byte.
        photos: link the photos into `images/`, or copy them.
        progress: called with the number of photos done and in all.

    Returns:
        The datasets by split, as saved. Masks hold visible pixels. Boxes are COCO `xywh` pixels.

    Raises:
        DatasetError: `source` is not a CCP folder, or one of its files is damaged.
        OutputError: something that is not this dataset's lies in `out`.
    """
    source, out = Path(source), Path(out)
    labels = ccp.load_labels(source)
    rows_by_photo: dict[str, list[Row]] = defaultdict(list)
    for row in read_table():
        rows_by_photo[row.photo].append(row)
    split_of = {photo: rows[0].split for photo, rows in rows_by_photo.items()} | NOTHING_FOUND
    for split in SPLITS:
        refuse_foreign_file(out / f"{split}.json")

    documents = {split: empty_document(split) for split in SPLITS}
    (out / "images").mkdir(parents=True, exist_ok=True)
    for done, (photo, split) in enumerate(sorted(split_of.items())):
        add_photo(documents[split], source, photo, rows_by_photo[photo], labels)
        place_photo(source / "photos" / f"{photo}.jpg", out / "images" / f"{photo}.jpg", photos)
        progress(done + 1, len(split_of))

    datasets = {split: Dataset(document, out / f"{split}.json") for split, document in documents.items()}
    for split, dataset in datasets.items():
        dataset.save(out / f"{split}.json")
    return datasets


def refuse_foreign_file(path: Path) -> None:
    """Raise `OutputError` where a file that this recipe did not write is in the way of one that it will."""
    if path.exists():
        info = Dataset.load(path).document.get("info")
        if not (isinstance(info, dict) and str(info.get("description")).startswith("CCP-30")):
            raise OutputError(f"{path}: another dataset is in the way; choose an empty folder with --out")


def empty_document(split: str) -> dict[str, Any]:
    """A COCO document without images yet."""
    return {
        "info": {
            "description": f"CCP-30 {split}: Clothing Co-Parsing (Yang et al., CVPR 2014) in 30 categories",
            "url": "https://github.com/bearpaw/clothing-co-parsing",
            "split": split,
            "mask_convention": "visible",
        },
        "licenses": [{"id": 1, "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}],
        "images": [],
        "annotations": [],
        "categories": taxonomy.coco_categories(),
    }


def add_photo(document: dict[str, Any], source: Path, photo: str, rows: list[Row], labels: list[str]) -> None:
    """Append one photo's image record, instances and regions that are not judged."""
    label_map = ccp.load_label_map(source, photo)
    height, width = label_map.shape
    size = imaging.photo_size(source / "photos" / f"{photo}.jpg")
    if size != (height, width):
        raise DatasetError(
            f"{photo}: the photo has {size} px (height, width), its label map {label_map.shape}"
        )
    image_id = int(photo)
    document["images"].append(
        {
            "id": image_id,
            "file_name": f"{photo}.jpg",
            "width": width,
            "height": height,
            "license": 1,
            "source": "street",
        }
    )
    for row, members in merge_parts(rows):
        mask = label_mask(label_map, members, labels)
        if row.category == "drop" or mask.sum() < SMALLEST_INSTANCE:
            continue
        if row.category == "ignore":
            for category in document["categories"]:
                add_annotation(document, image_id, category["id"], mask, iscrowd=1)
        else:
            category_id = taxonomy.category(row.category).id
            add_annotation(
                document,
                image_id,
                category_id,
                mask,
                iscrowd=0,
                unsure=int(row.unsure),
                ccp_label=row.ccp_label,
            )


def merge_parts(rows: list[Row]) -> list[tuple[Row, list[str]]]:
    """Each row that stands for an instance, with the CCP labels of all its parts (`same_as` followed to its
    end)."""
    by_label = {row.ccp_label: row for row in rows}
    parts: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        whole = row
        while whole.same_as:
            whole = by_label[whole.same_as]
        parts[whole.ccp_label] += row.ccp_label.split("+")
    return [(by_label[label], members) for label, members in parts.items()]


def label_mask(label_map: NDArray[np.uint8], names: list[str], labels: list[str]) -> NDArray[np.bool_]:
    """The pixels that carry one of the labels, without specks. (height, width) bool."""
    mask = np.isin(label_map, [labels.index(name) for name in names])
    _, components, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    large = statistics[:, cv2.CC_STAT_AREA] >= SMALLEST_SPECK
    large[0] = False  # component 0 is everything else
    kept: NDArray[np.bool_] = large[components]
    return kept


def add_annotation(
    document: dict[str, Any], image_id: int, category_id: int, mask: NDArray[np.bool_], **fields: Any
) -> None:
    """Append one annotation with its RLE, area (px) and box (`xywh` px)."""
    rle = imaging.encode(mask)
    document["annotations"].append(
        {
            "id": len(document["annotations"]) + 1,
            "image_id": image_id,
            "category_id": category_id,
            "segmentation": rle,
            "area": float(imaging.area(rle)),
            "bbox": [float(value) for value in imaging.bbox(rle)],
            **fields,
        }
    )


def place_photo(photo: Path, target: Path, how: Literal["symlink", "copy"]) -> None:
    """Link or copy one photo to its place, unless it is there already."""
    if target.exists():
        if not filecmp.cmp(target, photo, shallow=False):
            raise OutputError(f"{target}: another file is in the way; choose an empty folder with --out")
        return
    target.unlink(missing_ok=True)  # a link whose photo has gone
    if how == "symlink":
        target.symlink_to(os.path.relpath(photo, target.parent))
    else:
        shutil.copyfile(photo, target)

"""CCP-30: Clothing Co-Parsing re-annotated in the 30 categories, built from CCP's label maps and the table
`ccp30.csv`.

A row of the table names one instance of a photo: the CCP label (or several, joined by `+`) whose pixels make
it, and its category; `ignore` marks a real garment that is not judged, `drop` no garment, `same_as` the row
this one is a
part of.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging, taxonomy
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.formats import ccp
from wildwear.datasets.making.labelling import add_instance, add_region
from wildwear.datasets.splits import SPLITS, Split
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError

NOTHING_FOUND = {"0536": "train"}  # seen by the annotator, who found no garment: a negative for training
SMALLEST_SPECK = 30  # px; smaller connected parts are slips of CCP's superpixels
SMALLEST_SHARE = 0.02  # of a label's garments; below, a name is one annotator's slip
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
    text = (resources.files("wildwear.datasets.making") / "ccp30.csv").read_text(encoding="utf-8")
    _, *lines = csv.reader(text.splitlines())
    return [
        Row(photo, split, ccp_label, category, same_as, unsure == "1")
        for photo, split, ccp_label, category, same_as, unsure in lines
    ]


def annotate(
    source: Path, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[dict[Split, Dataset], dict[str, Path]]:
    """The three splits of CCP-30, and where their photos lie by `file_name`.

    Args:
        source: a Clothing Co-Parsing folder: `photos/`, `annotations/pixel-level/*.mat`, `label_list.mat`.
        progress: called with the number of photos done and in all.

    Returns:
        the datasets: masks hold visible pixels, boxes are COCO `xywh` pixels. The photos.

    Raises:
        DatasetError: `source` is not a CCP folder, or one of its files is damaged.
    """
    labels = ccp.load_labels(source)
    rows_by_photo: dict[str, list[Row]] = defaultdict(list)
    for row in read_table():
        rows_by_photo[row.photo].append(row)
    split_of = {photo: rows[0].split for photo, rows in rows_by_photo.items()} | NOTHING_FOUND
    documents: dict[str, Record] = {split: empty_document(split) for split in SPLITS}
    for done, (photo, split) in enumerate(sorted(split_of.items())):
        add_photo(documents[split], source, photo, rows_by_photo[photo], labels)
        progress(done + 1, len(split_of))
    photos = {f"{photo}.jpg": source / "photos" / f"{photo}.jpg" for photo in split_of}
    return {split: Dataset(documents[split]) for split in SPLITS}, photos


def shares() -> dict[str, dict[int, float]]:
    """What a label of CCP turned out to be: how its garments in the train rows fall on the 30 categories.

    Returns:
        By label, the share of each category, by id, from `SMALLEST_SHARE` up. Labels most of whose regions
        are no garment, or are not judged, are left out.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in read_table():
        if row.split == "train" and not row.same_as:
            for label in row.ccp_label.split("+"):
                found[label][row.category] += 1
    named = {}
    for label, counts in found.items():
        garments = counts.total() - counts["ignore"] - counts["drop"]
        if garments > counts.total() / 2:
            named[label] = {
                taxonomy.category(name).id: count / garments
                for name, count in counts.items()
                if name not in ("ignore", "drop") and count / garments >= SMALLEST_SHARE
            }
    return named


def empty_document(split: Split) -> Record:
    """A COCO document without images yet."""
    return {
        "info": {
            "description": f"CCP-30 {split}: Clothing Co-Parsing (Yang et al., CVPR 2014) in 30 categories",
            "url": ccp.URL,
            "split": split,
            "mask_convention": "visible",
        },
        "licenses": [ccp.LICENCE],
        "images": [],
        "annotations": [],
        "categories": taxonomy.coco_categories(),
    }


def add_photo(document: Record, source: Path, photo: str, rows: list[Row], labels: list[str]) -> None:
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
            add_region(document, image_id, imaging.encode(mask))
        else:
            add_instance(
                document,
                image_id,
                taxonomy.category(row.category).id,
                imaging.encode(mask),
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
    named = np.zeros(256, np.bool_)
    named[[labels.index(name) for name in names]] = True
    mask = named[label_map]
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if width == 0:
        return mask
    # Components are counted inside the garment's box: several times faster than over the whole photo.
    inside = mask[top : top + height, left : left + width]
    _, components, statistics, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8), connectivity=8)
    large = statistics[:, cv2.CC_STAT_AREA] >= SMALLEST_SPECK
    large[0] = False  # component 0 is everything else
    inside[:] = large[components]
    return mask

"""Labels that a model drafts for photos that nobody has outlined: what it is sure of, and where it doubts.

A network that learns from its own sure answers beside hand-made labels is self-training: Xie et al.,
"Self-training with Noisy Student improves ImageNet classification", CVPR 2020. Where tags say what is on a
photo, they choose among the names: what is right is then found at a lower score. What is doubtful becomes a
region that is not judged, so that it teaches neither that a garment is there nor that none is.
"""

import csv
import io
import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wildwear import imaging
from wildwear.datasets.documents import read_bytes
from wildwear.datasets.formats import ccp
from wildwear.datasets.making import ccp30
from wildwear.datasets.making.labelling import add_instance, add_region
from wildwear.errors import DatasetError, ModelError, PhotoError
from wildwear.inference.prediction import Prediction
from wildwear.inference.segmenter import Segmenter
from wildwear.inference.suppression import Overlaps, one_garment
from wildwear.taxonomy import UnknownCategoryError, category, coco_categories

SURE = 0.8  # a garment from this score of the network's own up is taken for right,
SURE_WITH_TAG = 0.4  # from this up where a tag agrees: see `likelihood`,
DOUBTFUL = 0.1  # and from this up it may be one
LEAST = 0.03  # below, a tag does not help either
SAME = 0.5  # mask IoU over which two are the same garment, whatever their names
LIP_NAME = re.compile(r"(?:^|/)(\d+)_\d+\.jpg$")

Tag = Mapping[int, float]
"""What a word on a photo may mean: the share of each category, by id."""


@dataclass(frozen=True)
class Draft:
    """The labels of one photo.

    Attributes:
        garments: what is taken for right, the surest first.
        doubtful: the pixels, outside of them, of what may be a garment; None where there are none.
    """

    garments: Prediction
    doubtful: imaging.Rle | None


def draft(segmenter: Segmenter, photo: Path, tags: Sequence[Tag] | None = None) -> Draft:
    """The labels of a photo, as far as they can be told.

    Args:
        segmenter: the model.
        photo: its file.
        tags: what is known to be on it, each once; garments that no tag may mean are doubtful at best. None
            where nothing is known.

    Raises:
        PhotoError: it cannot be read.
    """
    everything = segmenter.uncalibrated()(photo, score=LEAST, suppress=False, limit=100)
    overlaps = Overlaps.of(everything)
    taken: list[int] = []
    meant: set[int | None] = set()
    for index, tag in in_turn(everything, tags):
        known = any(
            overlaps.iou[other, index] > SAME or one_garment(overlaps, other, index, SAME) for other in taken
        )
        if not known and (tag is None or tag not in meant):
            taken.append(index)
            meant.add(tag)
    doubtful = np.zeros(everything.size, np.bool_)
    for index in np.flatnonzero(everything.scores >= DOUBTFUL).tolist():
        if not any(overlaps.iou[index, other] > SAME for other in taken):
            doubtful |= everything.mask(index)
    for index in taken:
        doubtful &= ~everything.mask(index)
    return Draft(everything.pick(taken), imaging.encode(doubtful) if doubtful.any() else None)


def read_tags(path: Path, names: Sequence[str]) -> dict[str, list[Tag]]:
    """What is known to be on photos of these names; those of which nothing is known are left out.

    Args:
        path: a CSV with the columns `photo` and `category`, which may be one of the words for it
            (`trainers`); or a Clothing Co-Parsing folder: then a tag is what the annotators of CCP-30 named
            the garments of that label.
        names: of the photos.

    Raises:
        DatasetError: it cannot be read, is neither, or is malformed.
    """
    if path.is_dir():
        shares = ccp30.shares()
        labels = ccp.load_tags(path)
        return {
            name: [shares[label] for label in labels[Path(name).stem] if label in shares]
            for name in names
            if Path(name).stem in labels
        }
    known: dict[str, list[Tag]] = defaultdict(list)
    try:
        rows = csv.DictReader(io.StringIO(read_bytes(path).decode(), newline=""))
        if not {"photo", "category"} <= set(rows.fieldnames or ()):
            raise DatasetError(f"{path}: expected a CSV with the columns photo and category")
        for row in rows:
            try:
                known[row["photo"]].append({category(row["category"] or "").id: 1.0})
            except UnknownCategoryError as error:
                raise DatasetError(f"{path}: line {rows.line_num}: {error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path}: is no CSV in UTF-8: {error}") from error
    return {name: known[name] for name in names if name in known}


def draft_photos(
    segmenter: Segmenter,
    photos: Mapping[str, Path],
    about: dict[str, Any],
    fields: Mapping[str, Any],
    tags: Mapping[str, Sequence[Tag]] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """The labels of many photos as a COCO document, as those that people draw: instances, with the `score`
    that the model gave them, and regions that are not judged. A photo on which nothing is sure is left out;
    one that cannot be read is among the document's `failures`.

    Args:
        segmenter: the model.
        photos: where each lies, by the name it gets.
        about: the `info` of the document.
        fields: what the record of every photo says besides: its `source`.
        tags: by name of photo; None where nothing is known.
        progress: called with the number of photos done and in all.
    """
    document: dict[str, Any] = {
        "info": about,
        "images": [],
        "annotations": [],
        "categories": coco_categories(),
        "failures": [],
    }
    for done, (name, photo) in enumerate(photos.items()):
        try:
            labels = draft(segmenter, photo, tags[name] if tags is not None else None)
        except (PhotoError, ModelError) as error:
            document["failures"].append({"file_name": name, "reason": str(error)})
        else:
            if len(labels.garments):
                add_photo(document, name, labels, fields)
        progress(done + 1, len(photos))
    return document


def add_photo(document: dict[str, Any], name: str, labels: Draft, fields: Mapping[str, Any]) -> None:
    """Append a photo and its labels. A name as LIP gives them, `COCO-PHOTO_PERSON.jpg`, also says the scene:
    crops of one photo stay in one split."""
    height, width = labels.garments.size
    image = {"id": len(document["images"]) + 1, "file_name": name, "width": width, "height": height, **fields}
    if crop := LIP_NAME.search(name):
        image["scene"] = crop[1]
    document["images"].append(image)
    garments = labels.garments
    for category_id, score, mask in zip(
        garments.category_ids.tolist(), garments.scores.tolist(), garments.masks, strict=True
    ):
        add_instance(document, image["id"], category_id, mask, score=round(score, 4))
    if labels.doubtful is not None:
        add_region(document, image["id"], labels.doubtful)


def in_turn(found: Prediction, tags: Sequence[Tag] | None) -> list[tuple[int, int | None]]:
    """What may be taken for right, the likeliest first: its place among what was found, and its tag's."""
    if tags is None:
        return [(index, None) for index in np.flatnonzero(found.scores >= SURE).tolist()]
    likely = [
        (likelihood(float(found.scores[index]), tag.get(int(found.category_ids[index]), 0.0)), index, place)
        for index in range(len(found))
        for place, tag in enumerate(tags)
    ]
    return [
        (index, place)
        for value, index, place in sorted(likely, key=lambda one: (-one[0], one[1:]))
        if value >= SURE_WITH_TAG
    ]


def likelihood(score: float, share: float) -> float:
    """How far to trust a garment whose name is `share` of what a tag means: the tag counts half as much as
    the model, on a logarithmic scale."""
    return score * math.sqrt(share)

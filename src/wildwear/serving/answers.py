"""What is sent back of a photo's garments: one function a format, from pixels and prediction to bytes."""

import io
import json
import zipfile
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any

import numpy as np

from wildwear import reporting
from wildwear.imaging.arrays import Pixels
from wildwear.inference.prediction import Prediction
from wildwear.inference.segmenting import Record, annotations, photo_stream
from wildwear.inference.writers.pictures import named_mattes

JSON, PNG, ZIP = "application/json", "image/png", "application/zip"
PHOTO = "photo"  # what a photo is called that came without a name


class Format(StrEnum):
    """What an answer may be."""

    COCO = "coco"
    POLYGONS = "polygons"
    LABELS = "labels"
    OVERLAY = "overlay"
    CUTOUTS = "cutouts"


MEDIA_TYPES = {
    Format.COCO: JSON,
    Format.POLYGONS: JSON,
    Format.LABELS: PNG,
    Format.OVERLAY: PNG,
    Format.CUTOUTS: ZIP,
}


def answering(
    format_: Format, categories: Collection[str], about: dict[str, Any]
) -> Callable[[Pixels, Prediction], bytes]:
    """What makes an answer in this format.

    Args:
        format_: of it.
        categories: names of those that are wanted; none means all.
        about: the `info` of COCO documents.
    """

    def answer(photo: Pixels, everything: Prediction) -> bytes:
        prediction = everything.where(category=categories) if categories else everything
        match format_:
            case Format.COCO:
                return coco(photo, prediction, about)
            case Format.POLYGONS:
                return polygons(prediction)
            case Format.LABELS:
                return labels(prediction)
            case Format.OVERLAY:
                return reporting.png(prediction.plot(photo))
            case Format.CUTOUTS:
                return cutouts(photo, prediction)

    return answer


def coco(photo: Pixels, prediction: Prediction, about: dict[str, Any]) -> bytes:
    """A COCO document of one image, as `wildwear segment --json` prints it."""
    record = Record(PHOTO, prediction.size, annotations(prediction, photo))
    stream = photo_stream([record], about)
    [(image, garments)] = stream.photos
    document = {**stream.header, "images": [image], "annotations": garments}
    del document["failures"]
    return json.dumps(document).encode()


def polygons(prediction: Prediction) -> bytes:
    """The size of the photo, and its garments with their outlines as COCO polygons, in pixels."""
    answer: dict[str, Any] = prediction.to_dict()
    for described, garment in zip(answer["garments"], prediction, strict=True):
        del described["segmentation"]
        described["colour"] = garment.category.hex
        described["polygons"] = garment.polygons
    return json.dumps(answer).encode()


def labels(prediction: Prediction) -> bytes:
    """A grey PNG in the size of the photo: each pixel is the id of its category, 0 where no garment is; where
    two lie over each other, that of the surer."""
    drawn = np.zeros((*prediction.size, 1), dtype=np.uint8)
    for garment in reversed(list(prediction)):  # the surest come first
        drawn[garment.mask] = garment.category.id
    return reporting.png(drawn)


def cutouts(photo: Pixels, prediction: Prediction) -> bytes:
    """A zip of PNGs: each garment alone on a transparent ground, and all of them together."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:  # a PNG is compressed already
        for name, matte in named_mattes(photo, prediction).items():
            archive.writestr(f"{name}.png", reporting.png(reporting.lift(photo, matte)))
    return file.getvalue()

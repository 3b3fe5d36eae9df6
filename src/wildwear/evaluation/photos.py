"""What the photos of a dataset are like: a table of one row a photo, to slice an evaluation by."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.statistics import NOT_STATED, photo_people
from wildwear.errors import DatasetError, PhotoError

if TYPE_CHECKING:
    import polars as pl

Properties = dict[str, float]

SIDE = 256  # px, the long side at which blur is measured; larger photos are scaled down to it
FLAT = 1.0  # squared grey levels: under this variance a photo shows nothing that could be sharp
THREADS = 4  # photos held at a time: memory stays flat however many there are


def photo_table(
    dataset: Dataset,
    images_dir: str | Path | None = None,
    *,
    properties: Mapping[int, Mapping[str, float]] | None = None,
) -> "pl.DataFrame":
    """A row for each photo, in the order of the dataset.

    Args:
        dataset: the photos.
        images_dir: where they lie; beside the dataset's file when not given.
        properties: what `properties` says of the photos, by image id; for whom has read them anyway. Without
            it they are read here, except those that are not there or cannot be read.

    Returns:
        `image_id`, `file_name`, `source` and `people` (in words; null where the record does not say),
        `megapixels`, `brightness` and `sharpness` (see `properties`; null where the photo was not read), and
        `instances`, their number.
    """
    import polars as pl

    measured = _read(dataset, images_dir) if properties is None else properties
    counts = {image["id"]: 0 for image in dataset.images}
    for instance in dataset.instances():
        counts[instance["image_id"]] += 1
    rows = []
    for image in dataset.images:
        people = photo_people(None if image.get("people") is None else str(image["people"]))
        seen = measured.get(image["id"], {})
        rows.append(
            {
                "image_id": image["id"],
                "file_name": str(image["file_name"]),
                "source": None if image.get("source") is None else str(image["source"]),
                "people": None if people == NOT_STATED else people,
                "megapixels": image["width"] * image["height"] / 1e6,
                "brightness": seen.get("brightness"),
                "sharpness": seen.get("sharpness"),
                "instances": counts[image["id"]],
            }
        )
    text, number, whole = pl.String(), pl.Float64(), pl.Int64()
    schema = {
        "image_id": whole,
        "file_name": text,
        "source": text,
        "people": text,
        "megapixels": number,
        "brightness": number,
        "sharpness": number,
        "instances": whole,
    }
    return pl.DataFrame(rows, schema=schema)


def properties(photo: NDArray[np.uint8]) -> Properties:
    """Brightness and sharpness of a photo.

    Args:
        photo: (height, width, 3) uint8 RGB.

    Returns:
        `brightness`, the mean luma (ITU-R BT.601) from 0, black, to 1, white; and, unless the photo is of one
        colour, `sharpness`: log10 of the variance of the Laplacian over that of the luma, at `SIDE` px on the
        long side. Divided by the latter, since else a dark photo or one in fog would count as blurred.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study",
    ICPR 2000 (the variance of the Laplacian); the division is ours.
    """
    height, width = photo.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    # Scaled before it turns grey: a twelfth of the work on large photos.
    small = photo
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    found = {"brightness": float(luma.mean()) / 255}
    contrast = float(luma.var())
    if contrast >= FLAT:
        detail = float(cv2.Laplacian(luma, cv2.CV_32F).var())
        found["sharpness"] = float(np.log10(max(detail, FLAT * 1e-3) / contrast))
    return found


def _read(dataset: Dataset, images_dir: str | Path | None) -> dict[int, Properties]:
    """The properties of the photos that are there and can be read, by image id."""

    def measure(image: dict[str, Any]) -> tuple[int, Properties]:
        try:
            return image["id"], properties(imaging.read_photo(dataset.photo_path(image, images_dir)))
        except (DatasetError, PhotoError):  # predictions from elsewhere are evaluated without photos as well
            return image["id"], {}

    with ThreadPoolExecutor(THREADS) as threads:
        return dict(threads.map(measure, dataset.images))

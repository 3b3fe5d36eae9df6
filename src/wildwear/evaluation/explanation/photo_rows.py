"""What the photos of a dataset are like: a table of one row a photo, to slice an evaluation by."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.terms import photo_kind, photo_people
from wildwear.errors import DatasetError, PhotoError
from wildwear.imaging import quality
from wildwear.imaging.identity import shown
from wildwear.imaging.quality import Properties

if TYPE_CHECKING:
    import polars as pl

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
        properties: what `imaging.quality.properties` says of the photos, by image id; for whom has read them
            anyway. Without it they are read here, except those that are not there or cannot be read.

    Returns:
        `image_id`, `file_name`, `source` and `people` (in words; null where the record does not say),
        `megapixels`, `brightness` and `sharpness` (see `imaging.quality`; null where the photo was
        not read), and `instances`, their number.
    """
    import polars as pl

    measured = _read(dataset, images_dir) if properties is None else properties
    counts = {image["id"]: 0 for image in dataset.images}
    for instance in dataset.instances():
        counts[instance["image_id"]] += 1
    rows = []
    for image in dataset.images:
        seen = measured.get(image["id"], {})
        rows.append(
            {
                "image_id": image["id"],
                "file_name": shown(image["file_name"]),
                "source": photo_kind(image),
                "people": ", ".join(photo_people(image)) or None,
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


def _read(dataset: Dataset, images_dir: str | Path | None) -> dict[int, Properties]:
    """The properties of the photos that are there and can be read, by image id."""

    def measure(image: dict[str, Any]) -> tuple[int, Properties]:
        try:
            photo = imaging.read_photo(dataset.photo_path(image, images_dir))
            return image["id"], quality.properties(quality.luma(photo))
        except (DatasetError, PhotoError):  # predictions from elsewhere are evaluated without photos as well
            return image["id"], {}

    with ThreadPoolExecutor(THREADS) as threads:
        return dict(threads.map(measure, dataset.images))

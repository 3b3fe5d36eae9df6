"""Whether a dataset is fit to train on and to evaluate with: the last look before hours of work.

Not a search for all that may be wrong with it: see `health`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wildwear import imaging
from wildwear.datasets.dataset import Dataset
from wildwear.errors import DatasetError
from wildwear.taxonomy import CATEGORIES

NAMED = 5  # how many culprits an error names; it counts the others


def require_ready(
    dataset: Dataset, images_dir: str | Path | None = None, *, any_categories: bool = False
) -> None:
    """Find before the first step what would falsify a result or end the work in the middle.

    Args:
        dataset: as `Dataset.load` accepts it.
        images_dir: where its photos lie; beside its file when not given.
        any_categories: take other categories than the 30 as well: training can learn them.

    Raises:
        DatasetError: a category that occurs has not the id and name of one of the 30, an annotation has no
            mask, or a photo has no size, is missing, or has another size than its record.
        PhotoError: the header of a photo cannot be read.
    """
    where = dataset.path or "the dataset"
    look = f"`wildwear data health {where}` lists all there is"
    if not any_categories:
        _require_our_categories(dataset)
    bare = [str(one["id"]) for one in dataset.annotations if not one.get("segmentation")]
    if bare:
        raise DatasetError(
            f"{where}: {len(bare)} annotations have no mask, with the id {named(bare)}; {look}."
        )
    unsized = [image["file_name"] for image in dataset.images if not (image["width"] and image["height"])]
    if unsized:
        raise DatasetError(
            f"{where}: {len(unsized)} of {len(dataset.images)} photos have no width or height: "
            f"{named(unsized)}. `wildwear data health {where} --fix` takes them from the photos."
        )
    paths = [dataset.photo_path(image, images_dir) for image in dataset.images]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise DatasetError(
            f"{where}: {len(missing)} of {len(paths)} photos are missing: {named(missing)}. "
            f"Say where the photos lie; {look}."
        )
    with ThreadPoolExecutor() as pool:
        sizes = pool.map(imaging.photo_size, paths)
        for image, path, (height, width) in zip(dataset.images, paths, sizes, strict=True):
            if (height, width) != (image["height"], image["width"]):
                raise DatasetError(
                    f"{path}: {width} x {height} px (upright); {where} says {image['width']} x "
                    f"{image['height']}, so its masks belong to another photo; {look}."
                )


def _require_our_categories(dataset: Dataset) -> None:
    ours = {category.id: category.name for category in CATEGORIES}
    used = {annotation["category_id"] for annotation in dataset.annotations}
    foreign = [
        f"{category['id']} {category['name']!r}"
        for category in dataset.categories
        if category["id"] in used and ours.get(category["id"]) != category["name"]
    ]
    if foreign:
        raise DatasetError(
            f"{dataset.path or 'the dataset'}: {named(foreign)}: not wildwear's ids and names, so they would "
            "be taken for other garments. `wildwear taxonomy` lists the 30, `wildwear data map` carries a "
            "dataset over."
        )


def named(culprits: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(culprits) - NAMED
    return ", ".join(culprits[:NAMED]) + (f" and {more} more" if more > 0 else "")

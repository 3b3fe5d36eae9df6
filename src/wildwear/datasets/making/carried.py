"""ccp-more, wild780, wild-more and closet30: sets whose labels the package carries whole, names and masks, in
one table a set. Not for photos, which people bring; nor for CCP-30, whose masks lie with its photos: see
`ccp30`.

A row of a table is one garment of a photo: its category, whether the name is doubtful between look-alikes
(`unsure`), and its visible pixels as the counts of COCO's compressed RLE, because masks that were snapped to
edges come from no polygon. `ignore` marks a region that is not judged, `none` a photo without a garment.
Names, doubts and splits are corrected in the table; masks in any tool, on the files that a build makes, of
which `table_of` makes the table again.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Literal, cast

from wildwear import imaging, taxonomy
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.formats import ccp
from wildwear.datasets.making.labelling import add_instance, add_region
from wildwear.datasets.splits import SPLITS, Split
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError

NAMED = 5  # missing photos that an error names; the others are counted


@dataclass(frozen=True)
class CarriedSet:
    """What is the same for all photos of a set."""

    name: str  # of its table as well
    description: str
    url: str  # of the photos
    licence: Record  # of the photos, as COCO lists it
    source: Literal["street", "wild", "closet"]
    together: Literal["scene", "person"]  # the field that photos which must stay in one split share
    photos: str  # whose photos people must bring; ends the sentence that some are missing


WILD780 = CarriedSet(
    name="wild780",
    description="wild photos outlined by hand in the 30 categories, edges snapped",
    url="https://cocodataset.org",
    licence={
        "id": 1,
        "name": "photos from Flickr under their owners' terms, by way of COCO and LIP (LIP: for research)",
        "url": "https://cocodataset.org/#termsofuse",
    },
    source="wild",
    together="scene",  # the COCO photo that a crop was taken from: the number before the `_` of its name
    photos="they are crops around people that come with LIP, Look Into Person",
)
WILD_MORE = replace(
    WILD780,
    name="wild-more",
    description="more wild photos outlined by hand in the 30 categories, chosen for rare ones, edges snapped",
)
CCP_MORE = CarriedSet(
    name="ccp-more",
    description="street photos without label maps in Clothing Co-Parsing, outlined by a model, named by eye",
    url=ccp.URL,
    licence=ccp.LICENCE,
    source="street",
    together="scene",  # of each photo its own: no two are known to belong together
    photos="`wildwear data fetch ccp` brings them",
)
CLOSET30 = CarriedSet(
    name="closet30",
    description="single garments off the body, named in the 30 categories, automatic masks checked by eye",
    url="https://github.com/alexeygrigorev/clothing-dataset",
    licence={
        "id": 1,
        "name": "CC0-1.0",
        "url": "https://creativecommons.org/publicdomain/zero/1.0/",
    },
    source="closet",
    together="person",  # who sent the photo: one sender's share backgrounds, and often garments
    photos="`wildwear data fetch clothing-dataset` brings them",
)


@dataclass(frozen=True)
class Row:
    """One line of a table: a garment, a region that is not judged, or that there is none."""

    photo: str  # file name
    split: Split
    width: int  # px
    height: int  # px
    together: str
    category: str  # one of the 30, `ignore` or `none`
    unsure: bool
    counts: str  # of the mask's RLE


def read_table(carried: CarriedSet) -> list[Row]:
    """The rows of a set's table as the package carries it."""
    file = resources.files("wildwear.datasets.making") / f"{carried.name}.csv"
    _, *lines = csv.reader(file.read_text(encoding="utf-8").splitlines())
    return [
        Row(photo, cast(Split, split), int(width), int(height), together, category, unsure == "1", counts)
        for photo, split, width, height, together, category, unsure, counts in lines
    ]


def annotate(
    carried: CarriedSet,
    source: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    rows: Iterable[Row] | None = None,
) -> tuple[dict[Split, Dataset], dict[str, Path]]:
    """The splits of a set, and where their photos lie by `file_name`.

    Args:
        carried: which set.
        source: a folder that has its photos, under their own names, however deep.
        progress: called with the number of photos done and in all.
        rows: its table; what the package carries by default.

    Returns:
        the datasets: masks hold visible pixels, boxes are COCO `xywh` pixels. The photos.

    Raises:
        DatasetError: a photo is not there, or has another size than the one that was labelled.
    """
    by_photo: dict[str, list[Row]] = {}
    for row in read_table(carried) if rows is None else rows:
        by_photo.setdefault(row.photo, []).append(row)
    photos = places_of(carried, source, list(by_photo))
    whole = Dataset(empty_document(carried))
    for done, (photo, of_photo) in enumerate(by_photo.items()):
        add_photo(whole.document, carried, photos[photo], of_photo)
        progress(done + 1, len(by_photo))
    datasets: dict[Split, Dataset] = {}
    for split in SPLITS:
        images = [image for image in whole.images if by_photo[image["file_name"]][0].split == split]
        if images:
            part = whole.restricted_to(images)
            info = part.info | {
                "description": f"{carried.name} {split}: {carried.description}",
                "split": split,
            }
            datasets[split] = Dataset({**part.document, "info": info})
    return datasets, photos


def places_of(carried: CarriedSet, source: Path, names: list[str]) -> dict[str, Path]:
    """Where photos lie in a folder, by name; of two with one name, the one that lies less deep.

    Raises:
        DatasetError: some are not there; it names the first.
    """
    wanted = set(names)
    places: dict[str, Path] = {}
    for path in sorted(source.rglob("*.jpg"), key=lambda path: (len(path.parts), path)):
        if path.name in wanted:
            places.setdefault(path.name, path)
    if missing := [name for name in names if name not in places]:
        more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
        raise DatasetError(
            f"{source}: {len(missing):,} of the {len(names):,} photos of {carried.name} are not there: "
            f"{', '.join(missing[:NAMED])}{more}; {carried.photos}"
        )
    return places


def empty_document(carried: CarriedSet) -> Record:
    """A COCO document without images yet."""
    return {
        "info": {
            "description": carried.description,
            "url": carried.url,
            "labels": "by the wildwear project, Apache-2.0; the licence below is that of the photos",
            "mask_convention": "visible",
        },
        "licenses": [carried.licence],
        "images": [],
        "annotations": [],
        "categories": taxonomy.coco_categories(),
    }


def add_photo(document: Record, carried: CarriedSet, photo: Path, rows: list[Row]) -> None:
    """Append one photo's image record, instances and regions that are not judged."""
    first = rows[0]
    size = (first.height, first.width)
    if (found := imaging.photo_size(photo)) != size:
        raise DatasetError(
            f"{photo}: has {found[1]} × {found[0]} px, and the photo that was labelled had "
            f"{size[1]} × {size[0]}; {carried.photos}"
        )
    image_id = len(document["images"]) + 1
    document["images"].append(
        {
            "id": image_id,
            "file_name": first.photo,
            "width": first.width,
            "height": first.height,
            "license": carried.licence["id"],
            "source": carried.source,
            carried.together: first.together,
        }
    )
    for row in rows:
        mask = imaging.Rle(size=list(size), counts=row.counts)
        if row.category == "ignore":
            add_region(document, image_id, mask)
        elif row.category != "none":
            category_id = taxonomy.category(row.category).id
            add_instance(document, image_id, category_id, mask, unsure=int(row.unsure))


def table_of(carried: CarriedSet, datasets: Mapping[Split, Dataset]) -> str:
    """The table of a set as CSV, from its splits: how corrected masks and new photos come into it.

    Args:
        carried: which set.
        datasets: in the 30 categories; polygons become RLE.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["photo", "split", "width", "height", carried.together, "category", "unsure", "visible_pixels"]
    )
    photos = [(image, split) for split, dataset in datasets.items() for image in dataset.images]
    labels = {split: dataset.annotations_by_image() for split, dataset in datasets.items()}
    for image, split in sorted(photos, key=lambda photo: int(photo[0]["id"])):
        size = (image["height"], image["width"])
        photo = [image["file_name"], split, image["width"], image["height"], image[carried.together]]
        rows: dict[tuple[object, str], list[object]] = {}  # a region stands in the file once a category
        for label in labels[split].get(image["id"], []):
            counts = imaging.as_rle(label["segmentation"], size)["counts"]
            if label.get("iscrowd"):
                rows["ignore", counts] = ["ignore", 0, counts]
            else:
                name = taxonomy.CATEGORIES[label["category_id"] - 1].name
                rows[label["id"], counts] = [name, label.get("unsure", 0), counts]
        for row in rows.values() or [["none", 0, ""]]:
            writer.writerow(photo + row)
    return text.getvalue()

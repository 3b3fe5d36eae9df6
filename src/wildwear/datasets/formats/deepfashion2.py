"""DeepFashion2 in its own layout: `annos/000001.json`, one file a photo, beside `image/000001.jpg`.

Source: Ge et al., "DeepFashion2", CVPR 2019, https://github.com/switchablenorms/DeepFashion2; which of 294
keypoints a landmark becomes is taken from its `evaluation/deepfashion2_to_coco.py`. Not for the COCO file
that this script writes: see `coco.py`.
"""

import os
import re
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import msgspec

from wildwear import imaging
from wildwear.datasets.documents import read_json
from wildwear.datasets.formats import coco
from wildwear.datasets.formats.measuring import with_areas
from wildwear.datasets.formats.shapes import FARTHEST, as_polygons, measured
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.datasets.terms import photo_kind
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.files import replacing_folder
from wildwear.taxonomy import maps

LANDMARKS = {
    "short sleeve top": 25,
    "long sleeve top": 33,
    "short sleeve outwear": 31,
    "long sleeve outwear": 39,
    "vest": 15,
    "sling": 15,
    "shorts": 10,
    "trousers": 14,
    "skirt": 8,
    "short sleeve dress": 29,
    "long sleeve dress": 37,
    "vest dress": 19,
    "sling dress": 19,
}
"""The categories 1 to 13, and how many landmarks each has."""

NAMES = tuple(LANDMARKS)
KEYPOINTS = sum(LANDMARKS.values())  # each landmark of each category is one: 294
UNSEEN = [0] * 3 * KEYPOINTS  # x, y and visibility of keypoints, none of which is there
RUNS = [slice(3 * first, 3 * behind) for first, behind in pairwise((0, *accumulate(LANDMARKS.values())))]
"""Where the landmarks of each category, from the first, are among these numbers."""

VISIBILITIES = {0, 1, 2}  # of a landmark: not labelled, hidden, visible

ANNOTATIONS, PHOTOS = "annos", ("image", "images")
SOURCES = {"shop": "street", "user": "wild"}
ITEM = re.compile("item(0|[1-9][0-9]{0,2})")
MOST_ITEMS = 1000  # of a photo, so that its id and theirs make the ids of the instances
LONGEST_NUMBER = 9  # digits, of a photo
DECIMALS = 6  # of a pixel; a corner of a box is rounded to these when it is computed from the other

GRADES = ("scale", "occlusion", "zoom_in", "viewpoint", "style")
OF_PHOTO = {"id", "file_name", "width", "height", "source", "pair_id"}
OF_INSTANCE = {"id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd", "keypoints"}
OF_INSTANCE |= {"num_keypoints", "pair_id", *GRADES}

UNKNOWN_SIZE = "photos of unknown size: areas come from the polygons; say where the photos are, --images"

Coordinate = (
    Annotated[int, msgspec.Meta(ge=-FARTHEST, le=FARTHEST)]
    | Annotated[float, msgspec.Meta(ge=-FARTHEST, le=FARTHEST)]
)


class Item(msgspec.Struct):
    """What an item has in a file; items are checked against this."""

    segmentation: list[list[Coordinate]]
    bounding_box: Annotated[list[Coordinate], msgspec.Meta(min_length=4, max_length=4)]
    category_id: int
    landmarks: list[Coordinate]
    category_name: str | None = None
    scale: int | None = None
    occlusion: int | None = None
    zoom_in: int | None = None
    viewpoint: int | None = None
    style: int | None = None


class ItemError(ValueError):
    """An item is malformed: `field` says where, as in `.landmarks[3]`, and `what` says what is wrong."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}")
        self.field = field
        self.what = what


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a dataset photo by photo, never holding more than a few.

    The number that a file has as its name is the id of its photo; a thousand times that plus the number of
    the item is the id of an instance. So ids do not depend on which other files there are.

    Args:
        path: the folder that holds `annos`, `annos` itself, or a folder around one such dataset.
        conversion: `images` says where the photos lie, if not in `image` beside `annos`.

    Raises:
        DatasetError: there is no such folder, or more than one; a file's name is no number. While streaming:
            a file is malformed.
    """
    folder = find_annotations(path)
    if folder is None:
        raise DatasetError(f"{path}: holds no {ANNOTATIONS}/000001.json or the like, as DeepFashion2 does")
    header = {
        "info": {
            "description": "DeepFashion2",
            "url": "https://github.com/switchablenorms/DeepFashion2",
            "label_set": "deepfashion2",
            "mask_convention": "with_hidden",
        },
        "licenses": [],
        "categories": [
            {
                "id": number,
                "name": name,
                "supercategory": "clothes",
                "keypoints": [str(keypoint) for keypoint in range(1, KEYPOINTS + 1)],
                "skeleton": [],
            }
            for number, name in enumerate(NAMES, 1)
        ],
    }
    files = numbered_files(folder, conversion)
    note_bare_photos(folder, files, conversion)
    photos = with_areas(read_photos(folder, files, conversion), str(folder), conversion)
    return PhotoStream(header, with_keypoints(photos), len(files))


def find_annotations(path: Path) -> Path | None:
    """The folder of the annotation files: this one, in it, or in one of its folders; None if nowhere.

    Raises:
        DatasetError: in several of its folders.
    """
    near = path if path.resolve().name == ANNOTATIONS else path / ANNOTATIONS
    if holds_annotations(near):
        return near
    found = [folder for folder in sorted(path.glob(f"*/{ANNOTATIONS}")) if holds_annotations(folder)]
    if len(found) > 1:
        names = ", ".join(str(folder.parent) for folder in found)
        raise DatasetError(f"{path}: holds several datasets; name one of them: {names}")
    return found[0] if found else None


def holds_annotations(folder: Path) -> bool:
    """Whether a folder has a file like 000001.json."""
    return folder.is_dir() and any(number_of(file.name) is not None for file in folder.iterdir())


def number_of(name: str) -> int | None:
    """The number of a file like 000001.json; None for another."""
    stem, _, suffix = name.rpartition(".")
    sound = suffix == "json" and stem.isascii() and stem.isdecimal() and len(stem) <= LONGEST_NUMBER
    return int(stem) if sound else None


def numbered_files(folder: Path, conversion: Conversion) -> list[tuple[int, str]]:
    """Numbers and names of the annotation files, in the order of the numbers."""
    names: dict[int, str] = {}
    with os.scandir(folder) as entries:
        are_files = {
            entry.name: entry.is_file(follow_symlinks=False) or Path(entry).is_file()
            for entry in entries
            if entry.name.endswith(".json")
        }
    for name, is_file in sorted(are_files.items()):
        number = number_of(name)
        if not is_file:
            conversion.note(f"{folder / name}, which is no file, left out")
        elif number is None:
            conversion.malformed(f"{folder / name}", "expected a number as its name, as in 000001.json")
        elif number in names:
            conversion.malformed(f"{folder / name}", f"has the same number as {names[number]}")
        else:
            names[number] = name
    return sorted(names.items())


def read_photos(folder: Path, files: list[tuple[int, str]], conversion: Conversion) -> Iterator[Photo]:
    """Stream the photos, their masks not yet measured."""
    photos = conversion.images or find_photos(folder)
    for number, name in files:
        photo = read_photo(folder / name, number, photos, conversion)
        if photo is not None:
            yield photo


def note_bare_photos(folder: Path, files: list[tuple[int, str]], conversion: Conversion) -> None:
    """Count the photos that no file of annotations belongs to."""
    photos = conversion.images or find_photos(folder)
    if photos is None or not photos.is_dir():
        return
    annotated = {Path(name).stem for _, name in files}
    if bare := {photo.stem for photo in photos.glob("*.jpg")} - annotated:
        conversion.note(f"photos in {photos} without a file of annotations, left out", len(bare))


def find_photos(folder: Path) -> Path | None:
    """The folder of the photos that belong to a folder of annotation files; None where there is none."""
    beside = (folder.absolute().parent / name for name in PHOTOS)
    return next((photos for photos in beside if photos.is_dir()), None)


def read_photo(file: Path, number: int, photos: Path | None, conversion: Conversion) -> Photo | None:
    """The records of one file, the masks not yet measured; None where it is malformed altogether."""
    try:
        document = read_json(file)
    except DatasetError as error:
        conversion.malformed(str(file), str(error).removeprefix(f"{file}: "))
        return None
    if not isinstance(document, dict):
        conversion.malformed(str(file), f"expected an object, found {type(document).__name__}")
        return None
    items = take_items(document, file, conversion)
    source = document.get("source", "shop")
    if not isinstance(source, str) or source not in SOURCES:
        conversion.malformed(f"{file}: source", f"expected {' or '.join(SOURCES)}, found {source!r}")
        del document["source"]
    elif "source" in document:
        document["source"] = SOURCES[source]
    if type(pair := document.get("pair_id", 0)) is not int:
        conversion.malformed(f"{file}: pair_id", f"expected a whole number, found {pair!r}")
        del document["pair_id"]
    name = f"{file.stem}.jpg"
    height, width = photo_size(photos, name, conversion) or (None, None)
    instances = []
    for item, values in sorted(items.items()):
        try:
            instance = read_item(values)
        except ItemError as error:
            conversion.malformed(f"{file}: item{item}{error.field}", error.what)
            continue
        instance |= {"id": number * MOST_ITEMS + item, "image_id": number}
        if "pair_id" in document:
            instance["pair_id"] = pair
        instances.append(instance)
    return {**document, "id": number, "file_name": name, "width": width, "height": height}, instances


def take_items(document: Record, file: Path, conversion: Conversion) -> dict[int, Any]:
    """The items of a document by their numbers; they are taken out of it."""
    items = {}
    for key in [key for key in document if key.startswith("item")]:
        value = document.pop(key)
        if ITEM.fullmatch(key):
            items[int(key.removeprefix("item"))] = value
        else:
            conversion.malformed(f"{file}: {key}", f"expected a number under {MOST_ITEMS}, as in item1")
    return items


def photo_size(photos: Path | None, name: str, conversion: Conversion) -> tuple[int, int] | None:
    """(height, width) of a photo by its header; None where it is missing or cannot be read."""
    if photos is not None:
        try:
            return imaging.photo_size(f"{photos}/{name}")
        except PhotoError:
            if (photos / name).exists():
                conversion.note("photos that cannot be read")
    conversion.note(UNKNOWN_SIZE)
    return None


def read_item(item: Any) -> Record:
    """Turn an item into its annotation record, without ids, area and keypoints. Raises `ItemError`."""
    check_item(item)
    record: Record = item
    record.pop("category_name", None)
    left, top, right, bottom = record.pop("bounding_box")
    record["bbox"] = [float(left), float(top), float(right - left), float(bottom - top)]
    record["iscrowd"] = 0
    return record


def with_keypoints(photos: Iterator[Photo]) -> Iterator[Photo]:
    """The photos, the landmarks of their instances become keypoints."""
    for image, instances in photos:
        for instance in instances:
            landmarks = instance.pop("landmarks")
            instance["keypoints"] = UNSEEN.copy()
            instance["keypoints"][RUNS[instance["category_id"] - 1]] = landmarks
            instance["num_keypoints"] = len(landmarks) // 3 - landmarks[2::3].count(0)
        yield image, instances


def check_item(item: Any) -> None:
    """Raise `ItemError` for an item that is not as DeepFashion2's are."""
    try:
        msgspec.convert(item, Item)
    except msgspec.ValidationError as error:
        raise in_our_words(error) from None
    if not 1 <= item["category_id"] <= len(NAMES):
        raise ItemError(".category_id", f"expected 1 to {len(NAMES)}, found {item['category_id']}")
    name = NAMES[item["category_id"] - 1]
    if item.get("category_name") not in (name, None):
        expected = f"expected {name!r}, the name of category {item['category_id']}"
        raise ItemError(".category_name", f"{expected}, found {item['category_name']!r}")
    if not item["segmentation"]:
        raise ItemError(".segmentation", "expected at least one polygon")
    for polygon in item["segmentation"]:
        if len(polygon) % 2 or len(polygon) < 2 * coco.LEAST_POINTS:
            index, what = coco.short_polygon(item["segmentation"]) or (0, "")
            raise ItemError(f".segmentation[{index}]", what)
    left, top, right, bottom = item["bounding_box"]
    if left > right or top > bottom:
        raise ItemError(".bounding_box", f"expected [x1, y1, x2, y2], found {item['bounding_box']}")
    count, landmarks = len(item["landmarks"]), LANDMARKS[name]
    if count != 3 * landmarks:
        expected = (
            f"expected {3 * landmarks} numbers (x, y and visibility of {landmarks} landmarks of {name})"
        )
        raise ItemError(".landmarks", f"{expected}, found {count}")
    if not VISIBILITIES.issuperset(item["landmarks"][2::3]):
        raise ItemError(".landmarks", "expected 0, 1 or 2 as the visibility of each")


def in_our_words(error: msgspec.ValidationError) -> ItemError:
    """What msgspec calls "Expected `int`, got `str` - at `$.scale`"."""
    what, _, place = str(error).replace("`", "").partition(" - at $")
    if what.startswith(missing := "Object missing required field "):
        return ItemError(f"{place}.{what.removeprefix(missing)}", "is missing")
    return ItemError(place, what.replace("Expected", "expected").replace(", got", ", found"))


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a folder with `annos`, whole or not at all. The photos stay where they are.

    What the format has no place for is left out and noted: regions that are not judged, other fields.

    Raises:
        DatasetError: a category is none of the 13, a mask or keypoints are malformed, or two photos have the
            same number.
        OutputError: the folder cannot be written, or holds what others have put there.
    """
    info = photos.header.get("info")
    if isinstance(info, dict) and (label_set := info.get("label_set", FORMAT.name)) != FORMAT.name:
        raise DatasetError(f"{path}: DeepFashion2 has {len(NAMES)} categories of its own, not {label_set}'s")
    names: dict[int, str] = {}
    with replacing_folder(path, is_ours) as folder:
        (folder / ANNOTATIONS).mkdir()
        for image, annotations in photos.photos:
            # A reader may add categories while the photos go by.
            if any(annotation["category_id"] not in names for annotation in annotations):
                names = {category["id"]: category["name"] for category in photos.header["categories"]}
            content = coco.encoded(written(image, annotations, names, conversion), path)
            try:
                with (folder / ANNOTATIONS / file_name(image, conversion)).open("xb") as file:
                    file.write(content)
            except FileExistsError:
                what = "another photo has the same number, by which DeepFashion2 knows them"
                raise DatasetError(f"image {image['id']} ({image['file_name']}): {what}") from None


def is_ours(name: str) -> bool:
    """Whether we write files of this name."""
    folder, _, file = name.rpartition("/")
    return folder == ANNOTATIONS and number_of(file) is not None


def file_name(image: Record, conversion: Conversion) -> str:
    """The file of a photo: by the number that is its name, or by its id."""
    name = f"{PurePosixPath(image['file_name']).stem}.json"
    if number_of(name) is not None:
        return name
    conversion.note("photos whose name is no number: DeepFashion2 knows them by their image id, 000001.jpg")
    return f"{image['id']:06}.json"


def written(
    image: Record, annotations: list[Record], names: dict[int, str], conversion: Conversion
) -> Record:
    """What the file of a photo holds."""
    document: Record = {}
    note_left_out(image, OF_PHOTO, "photos", conversion)
    theirs = {ours: theirs for theirs, ours in SOURCES.items()}
    if (source := photo_kind(image)) in theirs:
        document["source"] = theirs[source]
    else:
        conversion.note(f"photos without a source, {' or '.join(SOURCES)}")
    pairs = {record["pair_id"] for record in (image, *annotations) if type(record.get("pair_id")) is int}
    if len(pairs) == 1:
        document["pair_id"] = pairs.pop()
    else:
        conversion.note("photos without a pair_id")
    item = 0
    for annotation in annotations:
        if annotation.get("iscrowd"):
            conversion.note("regions that are not judged, left out: DeepFashion2 has no such thing")
            continue
        try:
            values = written_item(annotation, image, names.get(annotation["category_id"], ""), conversion)
        except (ItemError, MaskError) as error:
            conversion.malformed(
                f"image {image['id']}: annotation {annotation['id']}", str(error).lstrip(".")
            )
            continue
        note_left_out(annotation, OF_INSTANCE, "instances", conversion)
        document[f"item{(item := item + 1)}"] = values
    return document


def written_item(annotation: Record, image: Record, category: str, conversion: Conversion) -> Record:
    """The item of an annotation record.

    Raises:
        ItemError: its category is none of the 13, it has no mask, or keypoints that are not DeepFashion2's.
        MaskError: its mask is malformed.
    """
    rule = maps.load(FORMAT.name).rule(category)
    if rule is None:
        raise ItemError("category_id", f"{category!r} is none of DeepFashion2's {len(NAMES)} categories")
    number = NAMES.index(rule.label) + 1
    polygons = as_polygons(annotation.get("segmentation") or [], conversion)
    if not polygons:
        raise ItemError("segmentation", "expected at least one polygon")
    size = (image["height"], image["width"]) if image.get("height") and image.get("width") else None
    x, y, width, height = annotation.get("bbox") or measured(polygons, size)[0]
    keypoints = annotation.get("keypoints")
    if keypoints is None:
        conversion.note("instances without landmarks, written as landmarks that nobody sees")
        keypoints = UNSEEN
    if not isinstance(keypoints, list) or len(keypoints) != len(UNSEEN):
        raise ItemError("keypoints", f"expected a list of {len(UNSEEN)} numbers")
    if missing := [grade for grade in GRADES if grade not in annotation]:
        conversion.note(f"instances without {', '.join(missing)}")
    item = {
        "segmentation": polygons,
        "landmarks": [whole(value) for value in keypoints[RUNS[number - 1]]],
        "bounding_box": [whole(round(value, DECIMALS)) for value in (x, y, x + width, y + height)],
        "category_id": number,
        "category_name": rule.label,
        **{grade: annotation[grade] for grade in GRADES if grade in annotation},
    }
    check_item(item)
    return item


def whole(value: Any) -> Any:
    """A number without its fraction, where that is nothing."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def note_left_out(record: Record, held: set[str], what: str, conversion: Conversion) -> None:
    """Note the fields of a record that the format has no place for."""
    for field in record.keys() - held:
        conversion.lose(what, field, "DeepFashion2")


def looks_like(candidate: Candidate) -> bool:
    """Whether a folder holds numbered annotation files in `annos`, or lies around one that does."""
    return candidate.path.is_dir() and find_annotations(candidate.path) is not None


FORMAT = Format(
    name="deepfashion2",
    title="DeepFashion2: a folder of annos/000001.json and image/000001.jpg",
    looks_like=looks_like,
    read=read,
    write=write,
)

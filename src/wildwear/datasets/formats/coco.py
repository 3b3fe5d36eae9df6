"""COCO instance files (https://cocodataset.org/#format-data), kept losslessly."""

import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from wildwear.datasets.documents import encode_json, one_collection, read_json
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, OutputError
from wildwear.files import replacing
from wildwear.imaging.identity import relative_name

SECTIONS = ("images", "annotations", "categories")
REQUIRED: dict[str, dict[str, type]] = {
    "images": {"id": int, "file_name": str},
    "annotations": {"id": int, "image_id": int, "category_id": int},
    "categories": {"id": int, "name": str},
}
LEAST_POINTS = 3  # of a polygon
WHOLE = re.compile("0|[1-9][0-9]{0,17}")
VIA_NOTE = "annotations in VIA's dialect of COCO (ids as text, polygons without a list), read as meant"
BUFFER = 1 << 20  # bytes that are written at a time
PIECE = 10_000  # records that are encoded at a time


def load(path: Path, conversion: Conversion | None = None) -> Record:
    """Read and check a COCO document.

    Args:
        path: the JSON file.
        conversion: takes a note where it is in VIA's dialect.

    Raises:
        DatasetError: the file is missing or is not JSON, or holds NaN; a list or field is missing or of
            another type; an id occurs twice; a file name leads out of the folder; an annotation refers to an
            image or category that does not exist; a box is not four finite numbers; a mask is malformed.
    """
    document = read_document(path, conversion)
    with one_collection():
        for section, fields in REQUIRED.items():
            check_section(path, document, section, fields)
        check_images(path, document)
        check_annotations(path, document)
    return document


def read_document(path: Path, conversion: Conversion | None = None, *, allow_nan: bool = False) -> Record:
    """Read a COCO document whatever its records hold, VIA's dialect put into what others understand.

    Raises:
        DatasetError: it is no JSON object, or one of its three lists is not there.
    """
    document = read_json(path, allow_nan=allow_nan)
    if not isinstance(document, dict):
        raise DatasetError(
            f"{path}: a COCO file is an object with images, annotations, categories; this is a list or value"
        )
    for section in SECTIONS:
        if not isinstance(document.get(section), list):
            found = type(document.get(section)).__name__
            raise DatasetError(f"{path}: {section}: expected a list, found {found}")
    translated = sum(map(from_via, document["annotations"]))
    if translated and conversion:
        conversion.note(VIA_NOTE, translated)
    return document


def from_via(annotation: Any) -> bool:
    """Put an annotation as VIA exports COCO into what others understand, in place: it writes ids as text, and
    a polygon without the list around it.

    Returns:
        whether there was anything to do.
    """
    if not isinstance(annotation, dict):
        return False
    translated = False
    for field in ("image_id", "category_id"):
        if isinstance(text := annotation.get(field), str) and WHOLE.fullmatch(text):
            annotation[field] = int(text)
            translated = True
    polygon = annotation.get("segmentation")
    if isinstance(polygon, list) and polygon and all(isinstance(one, int | float) for one in polygon):
        annotation["segmentation"] = [polygon]
        translated = True
    return translated


MOST = 2**63  # what no id or side reaches: tables and COCO's tools count in 64 bits


def check_section(path: Path, document: Record, section: str, fields: dict[str, type]) -> None:
    """Raise `DatasetError` unless all records of a section have these fields, and ids of their own."""
    seen: set[int] = set()
    for position, record in enumerate(document[section]):
        if not isinstance(record, dict):
            found = type(record).__name__
            raise DatasetError(f"{path}: {section}[{position}]: expected an object, found {found}")
        for field, kind in fields.items():
            value: Any = record.get(field)
            if type(value) is not kind or (isinstance(value, int) and abs(value) >= MOST):
                raise DatasetError(
                    f"{path}: {section}[{position}].{field}: expected {kind.__name__}, found {value!r:.60}"
                )
        if record["id"] in seen:
            raise DatasetError(f"{path}: {section}[{position}].id: {record['id']} occurs twice")
        seen.add(record["id"])


def check_images(path: Path, document: Record) -> None:
    """Write file names as `identity.relative_name` does. Raise `DatasetError` for one that leads out of the
    folder of photos, and for a width or height that is neither a whole number over 0 nor null (unknown)."""
    for position, image in enumerate(document["images"]):
        try:
            image["file_name"] = relative_name(image["file_name"])
        except ValueError as error:
            raise DatasetError(f"{path}: images[{position}].file_name: {error}") from None
        for field in ("width", "height"):
            side = image.get(field, "nothing")
            if not (side is None or (type(side) is int and 0 < side < MOST)):
                raise DatasetError(
                    f"{path}: images[{position}].{field}: expected a whole number over 0 or null, "
                    f"found {side!r:.60}"
                )


def check_annotations(path: Path, document: Record) -> None:
    """Raise `DatasetError` for an annotation of an unknown image or category, or with a malformed box or
    mask."""
    images = {image["id"]: [image["height"], image["width"]] for image in document["images"]}
    categories = {category["id"] for category in document["categories"]}
    for position, annotation in enumerate(document["annotations"]):
        if annotation["image_id"] not in images:
            problem = f"image_id: no image has the id {annotation['image_id']}"
        elif annotation["category_id"] not in categories:
            problem = f"category_id: no category has the id {annotation['category_id']}"
        elif (crowd := annotation.get("iscrowd")) not in (0, 1, None):
            problem = f"iscrowd: expected 0 or 1, found {crowd!r:.60}"
        elif (box := annotation.get("bbox")) is not None and not is_box(box):
            problem = f"bbox: expected four finite numbers (x, y, width, height), found {box!r}"
        elif (found := short_polygon(segmentation := annotation.get("segmentation"))) is not None:
            problem = f"segmentation[{found[0]}]: {found[1]}"
        elif (wrong := no_mask(segmentation, images[annotation["image_id"]])) is not None:
            problem = f"segmentation{wrong}"
        else:
            continue
        raise DatasetError(
            f"{path}: annotations[{position}].{problem}; `wildwear data health {path}` lists all there is"
        )


def is_box(box: Any) -> bool:
    """Whether this is a list of four finite numbers."""
    return (
        isinstance(box, list)
        and len(box) == 4
        and all(isinstance(value, int | float) and math.isfinite(value) for value in box)
    )


def short_polygon(segmentation: Any) -> tuple[int, str] | None:
    """The first of its polygons that cannot enclose anything, and why; None where all can."""
    if isinstance(segmentation, list):
        for index, polygon in enumerate(segmentation):
            if not isinstance(polygon, list):
                return index, f"expected a list [x1, y1, x2, y2, ...], found {polygon!r}"
            if len(polygon) % 2:
                return index, f"has {len(polygon)} numbers, an odd count"
            if len(polygon) < 2 * LEAST_POINTS:
                return index, f"has {len(polygon) // 2} points; a polygon needs at least {LEAST_POINTS}"
            try:
                sum(polygon)  # of all ways to find what is no number, the fastest
            except TypeError:
                return index, "holds something else than numbers"
    return None


def no_mask(segmentation: Any, size: list[int | None]) -> str | None:
    """What is wrong with a segmentation that is no list of polygons; nothing where it is an RLE or missing.

    Args:
        segmentation: what the JSON holds.
        size: [height, width] of the photo, null where nobody knows.
    """
    if segmentation is None or isinstance(segmentation, list):
        return None
    if not isinstance(segmentation, dict):
        return f": expected polygons or an RLE, found {segmentation!r:.60}"
    if not isinstance(segmentation.get("counts"), str | list):
        return ".counts: expected the lengths of runs, compressed to text or as a list"
    if segmentation.get("size") != size and None not in size:
        return f".size: is {segmentation.get('size')!r:.60}; the photo has {size} (height, width)"
    return None


def save(document: Record, path: Path) -> None:
    """Write a document, whole or not at all.

    Raises:
        DatasetError: it holds NaN or infinity, which JSON cannot say.
        OutputError: the file cannot be written.
    """
    make_parent(path)
    with replacing(path) as temporary, temporary.open("wb") as file:
        for number, (key, value) in enumerate(document.items()):
            file.write((b"," if number else b"{") + encoded(key, path) + b":")
            file.writelines(pieces(value, path))
        file.write(b"}" if document else b"{}")


def pieces(value: Any, path: Path) -> Iterator[bytes]:
    """A value as JSON; a list comes in pieces, so that a large one is not in memory as text as well."""
    if not isinstance(value, list):
        yield encoded(value, path)
        return
    yield b"["
    for start in range(0, len(value), PIECE):
        yield (b"," if start else b"") + encoded(value[start : start + PIECE], path)[1:-1]
    yield b"]"


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a COCO file photo by photo; nothing is changed on the way but VIA's dialect."""
    return stream(load(path, conversion))


def stream(document: Record) -> PhotoStream:
    """The photos of a document that is in memory."""
    header = {key: value for key, value in document.items() if key not in ("images", "annotations")}
    return PhotoStream(header, _photos(document), len(document["images"]))


def _photos(document: Record) -> Iterator[Photo]:
    by_image: dict[int, list[Record]] = {image["id"]: [] for image in document["images"]}
    for annotation in document["annotations"]:
        by_image[annotation["image_id"]].append(annotation)
    for image in document["images"]:
        yield image, by_image[image["id"]]


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a COCO file in flat memory: the image records wait in a temporary file.

    Raises:
        DatasetError, OutputError: as `save`.
    """
    make_parent(path)
    with (
        replacing(path) as temporary,
        temporary.open("wb", BUFFER) as file,
        TemporaryFile(buffering=BUFFER, dir=path.parent) as later,
    ):
        file.write(b'{"annotations":[')
        later.write(b'],"images":[')
        first_image = first_annotation = True
        for image, annotations in photos.photos:
            later.write((b"" if first_image else b",") + encoded(image, path))
            first_image = False
            if annotations:
                file.write((b"" if first_annotation else b",") + encoded(annotations, path)[1:-1])
                first_annotation = False
        append(later, file)
        file.write(b"]")
        for key, value in photos.header.items():
            file.write(b"," + encoded(key, path) + b":" + encoded(value, path))
        file.write(b"}")


def append(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy a temporary file from its start to the end of another."""
    source.seek(0)
    shutil.copyfileobj(source, target, BUFFER)


def encoded(value: Any, path: Path) -> bytes:
    """A value as JSON. Raises `DatasetError` naming the file that it was meant for."""
    try:
        return encode_json(value)
    except ValueError as error:
        what = "a number that is not finite, or a text that is not Unicode"
        raise DatasetError(f"{path}: cannot be written as JSON, for {what}: {error}") from error


def make_parent(path: Path) -> None:
    """Make the folder of a file that is about to be written. Raises `OutputError` where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path.parent}: cannot be made: {error.strerror}") from error


def looks_like(candidate: Candidate) -> bool:
    """Whether a JSON file has the sections of COCO, or all but one: which is missing can be said."""
    return len(candidate.top.keys() & set(SECTIONS)) >= len(SECTIONS) - 1


FORMAT = Format(
    name="coco",
    title="COCO instances (JSON)",
    looks_like=looks_like,
    read=read,
    write=write,
    suffix=".json",
)

"""What the formats of annotation tools share: shapes drawn by hand, their measures, names and photos.

Not for a format's own files: see `via.py`, `labelme.py`.
"""

import math
import reprlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

import shapely
import yaml

from wildwear import imaging
from wildwear.datasets.stream import Conversion, Record
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.imaging import identity
from wildwear.taxonomy import category_named

LEAST_POINTS = 3  # of a polygon
FARTHEST = 10_000_000  # px from the photo's corner; what lies further out is a slip, not a drawing
OFF_THE_CURVE = 0.1  # px between a curve and its polygon at most: far less than the half pixel that counts
FEWEST_VERTICES, MOST_VERTICES = 8, 1000  # of a curve's polygon; the latter do for a radius of 20,000 px
# Beside an annotation file, in the order in which they are tried; DeepFashion2 has `image`.
PHOTO_FOLDERS = ("images", "photos", "image", ".")
OF_TOOLS = {"via", "labelme"}  # what formats keep for themselves in a header
RUN_SETTINGS = "settings.yaml"  # of a run of `wildwear segment`, beside what it found

CURVE_NOTE = f"circles and ellipses, drawn as polygons at most {OFF_THE_CURVE} px off the curve"
SIZE_NOTE = "photos of unknown size: area and box come from the polygons; say where the photos are, --images"


class FieldError(ValueError):
    """Something in a file is not what the format has there: `field` says where, `what` says what is wrong."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}")
        self.field = field
        self.what = what


def number(record: Record, field: str, *, over: float = -math.inf) -> float:
    """A coordinate or length in px. Raises `FieldError` where it is no such number, or not over `over`."""
    value = record.get(field)
    if not is_coordinate(value):
        raise FieldError(field, f"expected a number of pixels, found {reprlib.repr(value)}")
    if value <= over:
        raise FieldError(field, f"expected a number over {over:g}, found {value!r}")
    return value


def is_coordinate(value: Any) -> TypeGuard[float]:
    """Whether this is a number, finite and not absurdly far from the photo."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST


def whole(value: Any) -> int:
    """A side of a photo in px, which may be written as text; 0 where it is none."""
    text = str(value)
    side = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    return side if side <= FARTHEST else 0


def rectangle(x: float, y: float, width: float, height: float) -> list[float]:
    """The corners of a rectangle, [x1, y1, x2, y2, ...]."""
    return [x, y, x + width, y, x + width, y + height, x, y + height]


def ellipse(x: float, y: float, x_radius: float, y_radius: float, angle: float = 0.0) -> list[float]:
    """A polygon for an ellipse, or a circle; it strays from the curve by `OFF_THE_CURVE` at most.

    A chord that spans the angle a of a circle lies r (1 - cos(a / 2)) inside it; an ellipse is a circle of
    its larger radius, squeezed, which brings its chords nearer.

    Args:
        x: of the centre, px.
        y: of the centre, px.
        x_radius: over 0, px; along x before it is turned.
        y_radius: over 0, px.
        angle: radians, from the x axis to the y axis (clockwise as one sees it).

    Returns:
        [x1, y1, x2, y2, ...], `FEWEST_VERTICES` to `MOST_VERTICES` points on the curve.
    """
    radius = max(x_radius, y_radius)
    half_angle = math.acos(1 - OFF_THE_CURVE / radius) if radius > OFF_THE_CURVE else math.pi
    count = min(max(math.ceil(math.pi / half_angle), FEWEST_VERTICES), MOST_VERTICES)
    points = []
    for step in range(count):
        along, across = math.cos(math.tau * step / count), math.sin(math.tau * step / count)
        right, down = x_radius * along, y_radius * across
        points.append(x + right * math.cos(angle) - down * math.sin(angle))
        points.append(y + right * math.sin(angle) + down * math.cos(angle))
    return points


def measured(segmentation: Any, size: tuple[int, int] | None) -> tuple[list[float], float]:
    """The box and the area of a mask.

    Args:
        segmentation: polygons, or an RLE.
        size: (height, width) of the photo; None where nobody knows it.

    Returns:
        xywh in px and the area in px: of the pixels where the size is known, otherwise of what the polygons
        enclose together.

    Raises:
        MaskError: the segmentation is malformed, or of another size.
    """
    if size is not None or isinstance(segmentation, dict):
        rle = imaging.as_rle(segmentation, size or segmentation["size"])
        return imaging.bbox(rle), float(imaging.area(rle))
    rings = [shapely.Polygon(list(zip(ring[::2], ring[1::2], strict=True))) for ring in segmentation]
    enclosed = shapely.union_all([ring if ring.is_valid else shapely.make_valid(ring) for ring in rings])
    left, top, right, bottom = shapely.union_all([ring.envelope for ring in rings]).bounds
    return [left, top, right - left, bottom - top], float(enclosed.area)


def named_categories(
    names: Iterable[str], ids: Mapping[str, int]
) -> tuple[dict[str, int], list[Record], str | None]:
    """The categories that names stand for.

    Args:
        names: of all categories; some may be spellings of one of the 30.
        ids: those to use where not all names are of the 30.

    Returns:
        the id of each name; the category records; and the `label_set`, where all are of the 30: then ids and
        names are wildwear's own.
    """
    names = list(dict.fromkeys(names))
    ours = {name: one for name in names if (one := category_named(name))}
    if len(ours) < len(names):
        return {name: ids[name] for name in names}, [{"id": ids[name], "name": name} for name in names], None
    records: list[Record] = [one.coco_record() for one in sorted(set(ours.values()), key=lambda one: one.id)]
    return {name: one.id for name, one in ours.items()}, records, "wildwear30" if names else None


def is_called(label: str, name: str) -> bool:
    """Whether a label is the name of a category, or a spelling of it if it is one of the 30."""
    one = category_named(label)
    return label == name or (one is not None and one.name == name)


def relative_name(name: Any) -> str:
    """A photo's file name as `identity.relative_name` has it. Raises `FieldError` where it is none."""
    try:
        return identity.relative_name(name)
    except ValueError as error:
        raise FieldError("file_name", str(error)) from None


def claim(claims: identity.Claims, image: Record, where: object, kept: str) -> None:
    """Note the photo of a record that is about to be written.

    Args:
        claims: those of the photos before.
        image: the record.
        where: what is written, for the error.
        kept: why there can be one of a name: "LabelMe has a file a photo".

    Raises:
        DatasetError: a record before has the same photo; both are named.
    """
    own = f"image {image['id']} ({image['file_name']})"
    if rival := claims.rival(image["file_name"], own):
        raise DatasetError(f"{where}: {own} has the photo of {rival}, and {kept}; rename or drop one")


def regular_files(found: Iterable[Path], conversion: Conversion) -> list[Path]:
    """What can be read of what a folder holds, in order. A pipe or a link that leads nowhere is noted: to
    read it might never end."""
    files = []
    for path in sorted(found):
        if path.is_file():
            files.append(path)
        else:
            conversion.note(f"{path}, which is no file, left out")
    return files


def find_photo(file_name: str, beside: Path, conversion: Conversion) -> Path | None:
    """Where a photo lies: under the folder that was named, or beside the annotations; None if in neither."""
    folders = [conversion.images] if conversion.images else photo_folders(beside)
    return identity.find_photo(file_name, folders)


def photo_folders(beside: Path) -> list[Path]:
    """Where photos are looked for whose annotations lie in this folder."""
    return [*(beside / folder for folder in PHOTO_FOLDERS), *segmented_from(beside)]


def segmented_from(folder: Path) -> list[Path]:
    """Where the photos lie that `wildwear segment` wrote a folder about; nowhere if it did not."""
    try:
        settings = yaml.safe_load((folder / RUN_SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return []
    root = settings.get("root") if isinstance(settings, dict) else None
    return [Path(root)] if isinstance(root, str) and root else []


def size_by_header(photo: Path | None, conversion: Conversion) -> tuple[int, int] | None:
    """(height, width) of a photo, nothing decoded; None where there is none, or none that can be read."""
    if photo is None:
        return None
    try:
        return imaging.photo_size(photo)
    except PhotoError:
        conversion.note("photos that cannot be read, their size unknown")
        return None


def as_polygons(segmentation: Any, conversion: Conversion) -> list[list[float]]:
    """A mask as polygons, an RLE as exact outlines of its pixels; empty where it has none.

    Raises:
        MaskError: it is malformed.
    """
    if isinstance(segmentation, list):
        return segmentation
    if not isinstance(segmentation, dict) or "size" not in segmentation:
        raise MaskError("expected polygons or an RLE.")
    outlined = imaging.to_polygons(imaging.as_rle(segmentation, segmentation["size"]))
    conversion.note("RLE masks, written as polygons of exactly the same pixels")
    if outlined.holes:
        conversion.note("holes in masks, joined to the outline by a bridge of no width", outlined.holes)
    return outlined.polygons


def note_lost_header(header: Record, tool: str, conversion: Conversion) -> None:
    """Note what a dataset says of itself, for which a tool has no place."""
    info = header.get("info")
    told = [*info] if isinstance(info, dict) else ["info"] if info else []
    told += [
        name for name, value in header.items() if name not in OF_TOOLS | {"info", "categories"} and value
    ]
    if lost := [name for name in told if name not in ("description", "label_set")]:
        what = f"what the dataset says of itself, for which {tool} has no place, left out: {', '.join(lost)}"
        conversion.note(what, len(lost))

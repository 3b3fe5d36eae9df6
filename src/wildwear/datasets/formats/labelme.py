"""LabelMe (https://github.com/wkentaro/labelme): a folder with a JSON file for each photo, or one such file.

The photo that a file may carry as `imageData` is neither read nor written.
"""

import base64
import binascii
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.datasets.documents import read_json
from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.coco import encoded
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.files import replacing_folder
from wildwear.imaging.identity import Claims, find_photo, identity, shown

VERSION = "5.5.0"  # whose files these are; later ones read them as well
AREAS = {"polygon", "rectangle", "circle", "oriented_rectangle", "rotation", "mask"}
NO_AREAS = {"point", "points", "line", "linestrip"}
CORNERS = {  # how many points a shape may have; X-AnyLabeling writes rectangles with 4, and `rotation`
    "rectangle": (2, 4),
    "circle": (2,),
    "oriented_rectangle": (4,),
    "rotation": (4,),
    "mask": (2,),
}

# What LabelMe gives every shape and file; whatever else they hold, it keeps.
EMPTY_SHAPE: Record = {
    "label": "",
    "points": [],
    "group_id": None,
    "description": "",
    "shape_type": "polygon",
    "flags": {},
    "mask": None,
}
OF_FILES = {"version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"}
OF_SHAPES = {"label", "points", "group_id", "shape_type", "mask"}
OF_IMAGES = {"id", "file_name", "width", "height"}
OF_ANNOTATIONS = {"id", "image_id", "category_id", "segmentation", "bbox", "area"}


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a folder of LabelMe files in the order of their names, or one file; one is in memory at a time.

    A first look at all files collects the labels, so that the categories do not depend on the order: they are
    wildwear's own where all are of the 30, and numbered by name otherwise. Shapes of one label and `group_id`
    are one instance. Rectangles and circles become polygons; points and lines have no area and are left out.

    Raises:
        DatasetError: there is no LabelMe file; or, while streaming, one is malformed.
    """
    folder = path if path.is_dir() else path.parent
    files = shapes.regular_files(json_files(path), conversion) if path.is_dir() else [path]
    if not files or (path.is_file() and read_document(path) is None):
        raise DatasetError(f"{path}: holds no LabelMe file, a JSON object with `shapes`")
    labels = sorted({label for file in files for label in labels_of(file)})
    numbers = {label: number for number, label in enumerate(labels, start=1)}
    ids, categories, label_set = shapes.named_categories(labels, numbers)
    info = {"description": shown(path.stem)} | ({"label_set": label_set} if label_set else {})
    header = {"info": info, "licenses": [], "categories": categories}
    return PhotoStream(header, read_photos(folder, files, ids, categories, conversion), len(files))


def json_files(folder: Path) -> Iterator[Path]:
    """The JSON files of a folder and those below it, hidden ones aside."""
    for file in folder.rglob("*.json"):
        if not any(part.startswith(".") for part in file.relative_to(folder).parts):
            yield file


def labels_of(file: Path) -> set[str]:
    """The labels of a file's areas; of a malformed file or shape none, as reading it will say so."""
    try:
        document = read_document(file) or {"shapes": []}
    except DatasetError:
        return set()
    labels = set()
    for shape in document["shapes"]:
        with suppress(FieldError):
            if (sound := sound_shape(shape))["shape_type"] in AREAS:
                labels.add(sound["label"])
    return labels


def read_photos(
    folder: Path, files: list[Path], ids: dict[str, int], categories: list[Record], conversion: Conversion
) -> Iterator[Photo]:
    """The photos of a folder, file by file; `ids` tells what each label counts as."""
    names = {category["id"]: category["name"] for category in categories}
    image_ids, annotation_ids = count(1), count(1)
    claims = Claims()
    for file in files:
        try:
            document = read_document(file)
        except DatasetError as error:
            conversion.malformed(*str(error).split(": ", 1))
            continue
        if document is None:
            conversion.note("JSON files of another kind, passed over")
            continue
        try:
            photo = photo_place(file, document.get("imagePath"))
            file_name = photo_name(folder, photo, conversion)
            if rival := claims.rival(file_name, identity(str(photo))):
                what = f"is {photo}, which would be called {file_name!r} as {rival} is"
                raise FieldError("imagePath", f"{what}; say with --images in which folder both lie")
            image = {"id": next(image_ids), **image_record(folder, file_name, photo, document, conversion)}
        except FieldError as error:
            conversion.malformed(f"{file}: {error.field}", error.what)
            continue
        size = (image["height"], image["width"]) if image["height"] else None
        annotations = []
        of_several = 0  # instances so far that have several shapes
        for group in grouped(document["shapes"], file, conversion):
            of_several += len(group) > 1
            try:
                annotation = annotation_record(group, ids, names, size, of_several)
            except FieldError as error:
                conversion.malformed(f"{file}: {error.field}", error.what)
                continue
            annotations.append({"id": next(annotation_ids), "image_id": image["id"], **annotation})
        if size is None and annotations:
            conversion.note(shapes.SIZE_NOTE)
        yield image, annotations


def read_document(file: Path) -> Record | None:
    """A LabelMe file without its picture; None for a JSON object of another kind.

    Raises:
        DatasetError: it is no JSON object, or its shapes are no list.
    """
    document = read_json(file, allow_nan=True)
    if not isinstance(document, dict):
        raise DatasetError(f"{file}: expected a LabelMe object, found {type(document).__name__}")
    if "shapes" not in document:
        return None
    if not isinstance(document["shapes"], list):
        raise DatasetError(f"{file}: shapes: expected a list, found {type(document['shapes']).__name__}")
    document.pop("imageData", None)
    return document


def image_record(
    folder: Path, file_name: str, photo: Path, document: Record, conversion: Conversion
) -> Record:
    """What a file says of its photo, without an id; sides in px, from the photo where the file has none."""
    width, height = (shapes.whole(document.get(side)) for side in ("imageWidth", "imageHeight"))
    size = (height, width) if height and width else None
    if size is None:
        place = shapes.find_photo(file_name, folder, conversion) or find_photo(photo.name, [photo.parent])
        size = shapes.size_by_header(place, conversion)
    image: Record = {"file_name": file_name, "width": None, "height": None}
    if size:
        image["height"], image["width"] = size
    fields = {name: value for name, value in document.items() if name not in OF_FILES | OF_IMAGES}
    if flags := document.get("flags"):
        fields["flags"] = flags
    return image | fields


def photo_place(file: Path, image_path: Any) -> Path:
    """Where LabelMe's path leads from its file, often through `..`; nothing need lie there.

    Raises:
        FieldError: it is absolute, or no name.
    """
    try:
        parts = image_path.replace("\\", "/").split("/") if isinstance(image_path, str) else []
        shapes.relative_name("/".join(part for part in parts if part != ".."))
    except FieldError as error:
        raise FieldError("imagePath", error.what) from None
    return Path(os.path.normpath(file.parent.absolute().joinpath(*parts)))


def photo_name(folder: Path, photo: Path, conversion: Conversion) -> str:
    """The photo's name in the folder of photos, if one was named, or in that of the files.

    One that lies elsewhere is named from the folder that holds both, but for a folder of photos there: that
    of `labels/a/1.json` in `photos/a/1.jpg` is a/1.jpg. Where nothing lies, the last part is the name.
    """
    for root in (conversion.images, folder):
        if root is not None and photo.is_relative_to(inside := os.path.normpath(root.absolute())):
            return photo.relative_to(inside).as_posix()
    if conversion.images is None and find_photo(photo.name, [photo.parent]):
        below = photo.relative_to(os.path.commonpath([photo, os.path.normpath(folder.absolute())]))
        return PurePosixPath(*below.parts[below.parts[0] in shapes.PHOTO_FOLDERS :]).as_posix()
    conversion.note("photos outside the folder, known by their file name alone")
    return photo.name


def grouped(found: list[Any], file: Path, conversion: Conversion) -> list[list[tuple[int, Record]]]:
    """The shapes of each instance, with their places in the file."""
    groups: dict[Any, list[tuple[int, Record]]] = defaultdict(list)
    for index, shape in enumerate(found):
        try:
            shape = sound_shape(shape)
        except FieldError as error:
            conversion.malformed(f"{file}: shapes[{index}]{error.field}", error.what)
            continue
        kind, group_id = shape["shape_type"], shape["group_id"]
        if kind in NO_AREAS:
            conversion.note(f"shapes that enclose nothing, left out: {kind}")
            continue
        if kind == "circle":
            conversion.note(shapes.CURVE_NOTE)
        groups[index if group_id is None else (shape["label"], group_id)].append((index, shape))
    return list(groups.values())


def sound_shape(shape: Any) -> Record:
    """A shape with all that LabelMe gives one, its points checked."""
    if not isinstance(shape, dict):
        raise FieldError("", f"expected an object, found {type(shape).__name__}")
    sound = EMPTY_SHAPE | {name: value for name, value in shape.items() if value is not None}
    label, kind, points, group_id = (sound[name] for name in ("label", "shape_type", "points", "group_id"))
    if not isinstance(label, str) or not label:
        raise FieldError(".label", f"expected a text, found {label!r}")
    if not isinstance(kind, str) or kind not in AREAS | NO_AREAS:
        raise FieldError(
            ".shape_type", f"expected one of {', '.join(sorted(AREAS | NO_AREAS))}, found {kind!r}"
        )
    if not isinstance(group_id, int | str | None):
        raise FieldError(".group_id", f"expected a whole number, found {group_id!r}")
    if not isinstance(points, list):
        raise FieldError(".points", f"expected a list of points, found {type(points).__name__}")
    for place, point in enumerate(points):
        if not (isinstance(point, list) and len(point) == 2 and all(map(shapes.is_coordinate, point))):
            raise FieldError(f".points[{place}]", f"expected [x, y] in pixels, found {point!r}")
    return sound


def annotation_record(
    group: list[tuple[int, Record]],
    ids: dict[str, int],
    names: dict[int, str],
    size: tuple[int, int] | None,
    number: int,
) -> Record:
    """The annotation that the shapes of an instance make, but for its ids; raises `FieldError`."""
    originals = [shape for _, shape in group]
    segmentation: Any = []
    for index, shape in group:
        try:
            if shape["shape_type"] == "mask":
                crop, top, left = drawn_mask(shape, size)
                for ring in imaging.to_polygons(imaging.encode(crop)).polygons:
                    points = np.reshape(ring, (-1, 2)) + np.array([left, top])
                    segmentation.append(points.ravel().tolist())
            else:
                segmentation.append(outline(shape))
        except FieldError as error:
            raise FieldError(f"shapes[{index}].{error.field}", error.what) from None
    fields = merged_fields(originals)
    places = ", ".join(f"shapes[{index}]" for index, _ in group)
    if fields.setdefault("iscrowd", 0) not in (0, 1):
        raise FieldError(f"{places}.iscrowd", f"expected 0 or 1, found {fields['iscrowd']!r}")
    try:
        if size and len(group) == 1 and originals[0]["shape_type"] == "mask":
            segmentation = imaging.encode_crop(crop, top, left, size)
        box, area = shapes.measured(segmentation, size)
    except MaskError as error:
        raise FieldError(places, str(error)) from None
    category_id = ids[originals[0]["label"]]
    annotation = {
        "category_id": category_id,
        "segmentation": segmentation,
        "bbox": box,
        "area": area,
        **fields,
    }
    has_masks = any(shape["shape_type"] == "mask" for shape in originals)
    if not has_masks and plain_shapes(annotation, names[category_id], segmentation, number) != originals:
        annotation["labelme"] = {"shapes": originals}
    return annotation


def other_fields(record: Record) -> Record:
    """What a shape says besides its label and outline, or an annotation besides what COCO means by it; what
    is empty or null says nothing."""
    taken = OF_SHAPES | OF_ANNOTATIONS | shapes.OF_TOOLS
    fields = {
        name: value
        for name, value in record.items()
        if name not in taken and value is not None and value != EMPTY_SHAPE.get(name)
    }
    return fields if fields.get("iscrowd") else {name: fields[name] for name in fields if name != "iscrowd"}


def merged_fields(of_instance: list[Record]) -> Record:
    """What the shapes of an instance say together, of each field what the first says."""
    fields: Record = {}
    for shape in reversed(of_instance):
        fields |= other_fields(shape)
    return fields


def outline(shape: Record) -> list[float]:
    """The polygon of a shape that is no mask, [x1, y1, x2, y2, ...]; raises `FieldError`."""
    kind, points = shape["shape_type"], shape["points"]
    if len(points) not in CORNERS.get(kind, (len(points),)):
        expected = " or ".join(map(str, CORNERS[kind]))
        raise FieldError("points", f"has {len(points)} points; a {kind} has {expected}")
    match kind:
        case "rectangle" if len(points) == 2:
            (left, top), (right, bottom) = (map(pick, *points) for pick in (min, max))
            if left == right or top == bottom:
                raise FieldError("points", f"{points} are no two corners of a rectangle")
            return shapes.rectangle(left, top, right - left, bottom - top)
        case "circle":
            (x, y), rim = points
            radius = ((rim[0] - x) ** 2 + (rim[1] - y) ** 2) ** 0.5
            if not radius:
                raise FieldError("points", "a circle has a centre and a point elsewhere, these are the same")
            return shapes.ellipse(x, y, radius, radius)
    if len(points) < shapes.LEAST_POINTS:
        raise FieldError(
            "points", f"has {len(points)} points; a polygon needs at least {shapes.LEAST_POINTS}"
        )
    return [value for point in points for value in point]


def drawn_mask(shape: Record, size: tuple[int, int] | None) -> tuple[NDArray[np.uint8], int, int]:
    """The mask that a shape holds as a PNG of its box (first to last pixel, both included).

    Args:
        shape: its points are the box's corners.
        size: (height, width) of the photo, where it is known.

    Returns:
        (h, w) non-zero where the object is, and the row and column of the photo where it begins.

    Raises:
        FieldError: the box or the PNG is malformed, or they do not agree.
    """
    if len(shape["points"]) not in CORNERS["mask"]:
        raise FieldError("points", f"has {len(shape['points'])} points; a mask has its box's two corners")
    (left, top), (right, bottom) = ([int(value) for value in point] for point in shape["points"])
    height, width = size or (bottom + 1, right + 1)
    if not (0 <= left <= right < width and 0 <= top <= bottom < height):
        raise FieldError("points", f"the box {shape['points']} does not lie in the photo")
    if not isinstance(shape["mask"], str):
        raise FieldError("mask", f"expected a PNG in base64, found {type(shape['mask']).__name__}")
    try:
        png = base64.b64decode(shape["mask"], validate=True)
        crop_size = imaging.photo_size(png)  # decoded only if it is as large as it should be
        if crop_size != (bottom + 1 - top, right + 1 - left):
            raise FieldError("mask", f"has {crop_size} pixels (height, width), its box another size")
        crop = np.asarray(imaging.read_photo(png).max(axis=2))
    except (binascii.Error, PhotoError) as error:
        raise FieldError("mask", f"expected a PNG in base64: {error}") from None
    if not crop.any():
        raise FieldError("mask", "has no pixels")
    return crop, top, left


def plain_shapes(
    annotation: Record, label: str, polygons: Iterable[list[float]], number: int
) -> list[Record]:
    """The polygons of an annotation as shapes; of several, with `number` as their `group_id`."""
    points = [list(map(list, zip(polygon[::2], polygon[1::2], strict=True))) for polygon in polygons]
    plain = EMPTY_SHAPE | other_fields(annotation)
    plain |= {"label": label, "group_id": number if len(points) > 1 else None}
    return [plain | {"points": one} for one in points]


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write a stream as a folder of LabelMe files, a photo at a time, whole or not at all.

    A file has its photo's name and lies where that would; its `imagePath` leads to the folder of photos that
    was named, or else to the photo beside it.

    Raises:
        DatasetError: a mask is malformed, or a photo's name leaves its folder or is another's.
        OutputError: the folder cannot be written, or holds other files than JSON.
    """
    shapes.note_lost_header(photos.header, "LabelMe", conversion)
    claims = Claims()
    with replacing_folder(path, lambda name: name.endswith(".json")) as folder:
        for image, annotations in photos.photos:
            where = f"{path}: image {image['id']}"
            try:
                name = shapes.relative_name(image["file_name"])
            except FieldError as error:
                raise DatasetError(f"{where}: file_name: {error.what}") from None
            shapes.claim(claims, image, path, "LabelMe has a file a photo")
            file = Path(name).with_suffix(".json")
            if (folder / file).exists():  # a.jpg and a.png
                file = Path(f"{name}.json")
            document = written(image, annotations, photos.header, where, conversion)
            document["imagePath"] = image_path(name, path / file, conversion)
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            with (folder / file).open("xb") as target:
                target.write(indented(encoded(document, path / file)))


def indented(content: bytes) -> bytes:
    """JSON as people read it; as it is where names of files in it are no UTF-8."""
    try:
        return msgspec.json.format(content, indent=2)
    except msgspec.DecodeError:
        return content


def image_path(name: str, file: Path, conversion: Conversion) -> str:
    """The way from a LabelMe file to its photo."""
    if conversion.images is None:
        return PurePosixPath(name).name
    photo = conversion.images.absolute() / name
    return Path(os.path.relpath(photo, file.parent.absolute())).as_posix()


def written(
    image: Record, annotations: list[Record], header: Record, where: str, conversion: Conversion
) -> Record:
    """A photo as LabelMe has it, but for `imagePath`. Raises `DatasetError` for a malformed mask."""
    names = {category["id"]: category["name"] for category in header.get("categories", [])}
    of_photo: list[Record] = []
    taken: set[Any] = set()
    for annotation in annotations:
        label = names.get(annotation["category_id"], str(annotation["category_id"]))
        try:
            found = shapes_of(without_lost(annotation, OF_SHAPES, conversion), label, conversion)
        except MaskError as error:
            raise DatasetError(f"{where}: annotation {annotation['id']}: segmentation: {error}") from None
        group_ids = {shape["group_id"] for shape in found}
        if len(found) > 1 or group_ids - {None}:
            group_id = group_ids.pop()
            if group_ids or group_id is None or group_id in taken:
                group_id = next(free for free in count(1) if free not in taken)
            taken.add(group_id)
            found = [shape | {"group_id": group_id} for shape in found]
        of_photo += found
    image = without_lost(image, OF_FILES - {"flags"}, conversion)
    fields = {name: value for name, value in image.items() if name not in OF_IMAGES | shapes.OF_TOOLS}
    return {
        "version": VERSION,
        "flags": {},
        **{name: value for name, value in fields.items() if value is not None},
        "shapes": of_photo,
        "imagePath": None,
        "imageData": None,
        "imageHeight": image.get("height"),
        "imageWidth": image.get("width"),
    }


def without_lost(record: Record, taken: set[str], conversion: Conversion) -> Record:
    """A record without the fields by whose names LabelMe means something else; they are noted."""
    flags = record.get("flags", {})
    are_flags = isinstance(flags, dict) and all(isinstance(value, bool) for value in flags.values())
    lost = record.keys() & (taken | (set() if are_flags else {"flags"}))
    if not isinstance(record.get("description", ""), str):
        lost |= {"description"} & record.keys()
    for name in sorted(lost):
        conversion.note(f"field {name!r}, which is something else in LabelMe, left out")
    return {name: value for name, value in record.items() if name not in lost}


def shapes_of(annotation: Record, label: str, conversion: Conversion) -> list[Record]:
    """The shapes of an annotation: those that it was read from, if they still say the same."""
    segmentation, box = annotation.get("segmentation"), annotation.get("bbox")
    polygons = shapes.as_polygons(segmentation, conversion) if segmentation else []
    if not segmentation and box:
        polygons = [shapes.rectangle(*box)]
        conversion.note("annotations without a mask, written as their box")
    elif not polygons:
        conversion.note("annotations without a mask or with an empty one, left out")
    kept = annotation.get("labelme")
    kept = kept.get("shapes") if isinstance(kept, dict) else None
    try:
        before = [sound_shape(shape) for shape in kept] if isinstance(kept, list) else []
        says_the_same = (
            [outline(shape) for shape in before] == polygons
            and merged_fields(before) == other_fields(annotation)
            and all(shapes.is_called(shape["label"], label) for shape in before)
        )
    except FieldError:
        says_the_same = False
    return before if before and says_the_same else plain_shapes(annotation, label, polygons, number=0)


def looks_like(candidate: Candidate) -> bool:
    """Whether a JSON file has LabelMe's shapes and photo; or the first of a folder that has any."""
    if candidate.path.is_dir():
        first = shapes.regular_files(json_files(candidate.path), Conversion())[:1]
        return any(looks_like(Candidate(file)) for file in first)
    return {"shapes", "imagePath"} <= candidate.top.keys()


FORMAT = Format(
    name="labelme",
    title="LabelMe, a JSON file a photo",
    looks_like=looks_like,
    read=read,
    write=write,
)

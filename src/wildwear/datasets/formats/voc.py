"""Pascal VOC: in `Annotations/` an XML file a photo, with boxes. It holds no masks.

Source: http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html. Pixels are counted from 1, and
both corners of a box belong to it. An object that is `difficult` is not judged, as COCO's `iscrowd` regions.
The PNG files of `SegmentationObject/` are not read.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, SubElement

from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.cvat import coordinate
from wildwear.datasets.formats.numbering import numbered
from wildwear.datasets.formats.shapes import FieldError, claim, measured, rectangle, relative_name
from wildwear.datasets.formats.xml_documents import elements, root_name, serialised
from wildwear.datasets.stream import Candidate, Conversion, Format, Photo, PhotoStream, Record
from wildwear.errors import DatasetError, MaskError
from wildwear.files import replacing_folder
from wildwear.imaging.identity import Claims, find_photo

ROOT = "annotation"
FOLDER = "Annotations"
PHOTOS = "JPEGImages"
MASKS = "SegmentationObject"
LABELS = "labels.txt"  # the categories in order, a line each; not of VOC itself, but of tools that write it
KNOWN_FIELDS = {"id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd"}
KNOWN_IMAGE_FIELDS = {"id", "file_name", "width", "height"}
SIDES = ("xmin", "ymin", "xmax", "ymax")


def read(path: Path, conversion: Conversion) -> PhotoStream:
    """Stream a folder of VOC files photo by photo; they are gone through once before, for their categories.

    Raises:
        DatasetError: there are none, or one is not XML. While streaming: one is malformed.
    """
    folder = path / FOLDER if (path / FOLDER).is_dir() else path
    files = shapes.regular_files(folder.rglob("*.xml"), conversion)
    if not files:
        raise DatasetError(f"{folder}: holds no .xml file")
    if (path / MASKS).is_dir():
        conversion.note(f"folder {MASKS} of masks, not read: only the boxes are")
    names = listed_names(path / LABELS)
    met = {name for file in files for one in root_of(file).iterfind("object") if (name := text(one, "name"))}
    names += sorted(met - set(names))
    ids, header = numbered(names, {})
    categories = dict(zip(names, ids, strict=True))
    return PhotoStream(header, read_photos(path, folder, files, categories, conversion), len(files))


def listed_names(file: Path) -> list[str]:
    """The names that a labels.txt lists; none where there is no such file."""
    if not file.is_file():
        return []
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file}: is no readable text: {error}") from error
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


def root_of(file: Path) -> Element:
    """The <annotation> of a file."""
    return next(elements(file, ROOT, {ROOT}))


def text(element: Element, path: str) -> str:
    """The text of an element inside another, without spaces around it; empty where it is missing."""
    return (element.findtext(path) or "").strip()


def read_photos(
    path: Path, folder: Path, files: list[Path], categories: dict[str, int], conversion: Conversion
) -> Iterator[Photo]:
    """The photos of a folder, file by file; `categories` has the id of each name."""
    instance_ids = count(1)
    for image_id, file in enumerate(files, start=1):
        root = root_of(file)
        try:
            image = read_image(root, image_id, path, file.parent.relative_to(folder), conversion)
        except FieldError as error:
            conversion.malformed(f"{file}: {error.field}", error.what)
            continue
        instances = []
        for position, one in enumerate(root.iterfind("object")):
            try:
                record = read_object(one, image, categories, conversion)
            except (FieldError, MaskError) as error:
                conversion.malformed(f"{file}: object[{position}]", str(error))
                continue
            instances.append({"id": next(instance_ids), "image_id": image_id, **record})
        yield image, instances


def read_image(root: Element, image_id: int, path: Path, inside: Path, conversion: Conversion) -> Record:
    """The record of a photo. Raises `FieldError`.

    Args:
        root: the <annotation>.
        image_id: its id.
        path: the folder of the dataset.
        inside: where its file lies in the folder of the files.
        conversion: where the photos are; notes.
    """
    try:
        name = relative_name(text(root, "filename"))
    except FieldError as error:
        raise FieldError("filename", error.what) from None
    if "/" not in name:
        name = (inside / name).as_posix()
    height, width = (shapes.whole(text(root, f"size/{side}")) for side in ("height", "width"))
    size = (height, width) if height and width else None
    if size is None:
        photo = shapes.find_photo(name, path, conversion) or find_photo(name, [path / PHOTOS])
        size = shapes.size_by_header(photo, conversion)
        if size is None:
            conversion.note(shapes.SIZE_NOTE)
    height_or_null, width_or_null = size or (None, None)
    return {"id": image_id, "file_name": name, "width": width_or_null, "height": height_or_null}


def read_object(one: Element, image: Record, categories: dict[str, int], conversion: Conversion) -> Record:
    """The fields of an <object>: a rectangle, for want of a mask. Raises `FieldError`, `MaskError`."""
    name = text(one, "name")
    if not name:
        raise FieldError("name", "is missing")
    left, top, right, bottom = (coordinate(f"bndbox.{side}", text(one, f"bndbox/{side}")) for side in SIDES)
    box = [left - 1, top - 1, right - left + 1, bottom - top + 1]
    if min(box[2:]) <= 0:
        raise FieldError("bndbox", f"{left:g}, {top:g} to {right:g}, {bottom:g} holds nothing")
    polygon = rectangle(*box)
    size = (image["height"], image["width"]) if image["height"] else None
    conversion.note("boxes, read as rectangles: they are no masks")
    if difficult := text(one, "difficult") == "1":
        conversion.note("objects that are difficult, read as regions that are not judged (iscrowd)")
    return {
        "category_id": categories[name],
        "segmentation": [polygon],
        "bbox": box,
        "area": measured([polygon], size)[1],
        "iscrowd": int(difficult),
    }


def write(photos: PhotoStream, path: Path, conversion: Conversion) -> None:
    """Write the boxes of a stream as a folder, whole or not at all.

    Raises:
        DatasetError: a name leaves its folder, or is another's (but for the suffix); a mask is malformed.
        OutputError: the folder cannot be written, or holds what others have put there.
    """
    claims = Claims()
    with replacing_folder(path, is_ours) as folder:
        (folder / FOLDER).mkdir()
        for image, annotations in photos.photos:
            names = {category["id"]: category["name"] for category in photos.header["categories"]}
            try:
                name = PurePosixPath(relative_name(image.get("file_name")))
            except FieldError as error:
                conversion.malformed(f"image {image['id']}", f"file_name: {error.what}")
                continue
            claim(claims, image, path, "VOC has a file a photo")
            root = image_element(name, image, conversion)
            for annotation in annotations:
                try:
                    root.extend(object_elements(annotation, image, names, conversion))
                except (FieldError, MaskError) as error:
                    conversion.malformed(f"{name}: annotation {annotation.get('id')}", str(error))
            write_file(folder, name, root)
        labels = "".join(f"{category['name']}\n" for category in photos.header["categories"])
        (folder / LABELS).write_text(labels, encoding="utf-8")


def image_element(name: PurePosixPath, image: Record, conversion: Conversion) -> Element:
    """An <annotation> without its objects."""
    root = Element(ROOT)
    SubElement(root, "folder").text = PHOTOS
    SubElement(root, "filename").text = str(name)
    if image.get("width") and image.get("height"):
        size = SubElement(root, "size")
        for side, pixels in (("width", image["width"]), ("height", image["height"]), ("depth", 3)):
            SubElement(size, side).text = str(pixels)
    else:
        conversion.note("photos whose size is unknown, also to VOC")
    SubElement(root, "segmented").text = "0"
    for field in image.keys() - KNOWN_IMAGE_FIELDS:
        conversion.lose("photos", field, "VOC")
    return root


def object_elements(
    annotation: Record, image: Record, names: dict[int, str], conversion: Conversion
) -> list[Element]:
    """The <object> of an instance; none where it has no box. Raises `FieldError`, `MaskError`."""
    if annotation.get("category_id") not in names:
        raise FieldError("category_id", f"no category has the id {annotation.get('category_id')!r}")
    box, segmentation = annotation.get("bbox"), annotation.get("segmentation")
    if not box and segmentation:
        size = (image["height"], image["width"]) if image.get("height") else None
        box, _ = measured(segmentation, size)
    if not box or min(box[2:]) <= 0:
        conversion.note("instances without a box, left out")
        return []
    if segmentation:
        conversion.note("masks, of which VOC holds the boxes alone")
    for field in annotation.keys() - KNOWN_FIELDS:
        conversion.lose("instances", field, "VOC")
    x, y, width, height = box
    one = Element("object")
    SubElement(one, "name").text = names[annotation["category_id"]]
    SubElement(one, "pose").text = "Unspecified"
    SubElement(one, "truncated").text = "0"
    SubElement(one, "difficult").text = str(int(bool(annotation.get("iscrowd"))))
    corners = SubElement(one, "bndbox")
    for side, pixel in zip(SIDES, (x + 1, y + 1, x + width, y + height), strict=True):
        SubElement(corners, side).text = str(int(pixel) if pixel == int(pixel) else float(pixel))
    return [one]


def write_file(folder: Path, name: PurePosixPath, root: Element) -> None:
    """Write the file of a photo. Raises `DatasetError` where another has it, or XML cannot say something."""
    file = folder / FOLDER / name.with_suffix(".xml")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(serialised(root))
    except FileExistsError:
        raise DatasetError(
            f"{name}: another photo has the same name but for the suffix, and VOC keeps both in "
            f"{file.relative_to(folder).as_posix()}; rename one"
        ) from None
    except ValueError as error:
        raise DatasetError(f"{name}: {error}") from error


def is_ours(name: str) -> bool:
    """Whether a file of a VOC folder may be replaced: those that `write` makes."""
    return name == LABELS or (name.startswith(f"{FOLDER}/") and name.endswith(".xml"))


def looks_like(candidate: Candidate) -> bool:
    """Whether a folder holds, in `Annotations/` or itself, an XML file with the root element of VOC."""
    folders = (candidate.path / FOLDER, candidate.path)
    found = (folder.glob("*.xml") for folder in folders if folder.is_dir())
    files = (next((file for file in files if file.is_file()), None) for files in found)
    return any(file is not None and root_name(file) == ROOT for file in files)


FORMAT = Format(
    name="voc",
    title="Pascal VOC boxes, a folder of XML files",
    looks_like=looks_like,
    read=read,
    write=write,
)

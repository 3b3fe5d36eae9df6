"""A dataset of any format as the first work on a project's photos. Not for reading it: see
`datasets.formats`."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec
from msgspec.structs import replace

from wildwear.annotation.naming import Name, NameOf
from wildwear.annotation.outlines import parts_of
from wildwear.annotation.pictures import photo_size
from wildwear.annotation.project import new_photo
from wildwear.annotation.store import NewPhoto
from wildwear.annotation.work import (
    FLAGS,
    Attributes,
    Flags,
    Instance,
    Original,
    Part,
    Work,
    WorkError,
    check,
)
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.documents import encode_json
from wildwear.datasets.stream import Record
from wildwear.datasets.terms import PEOPLE, photo_people
from wildwear.errors import DatasetError, MaskError, PhotoError
from wildwear.gathering import Photo
from wildwear.imaging.identity import identity
from wildwear.taxonomy import CATEGORIES

HEADER = "dataset"  # the setting that keeps what the dataset said of itself
TICKS = {words: int(tick) for tick, words in PEOPLE.items()}
SELFIE = 3  # of those ticks
KNOWN_OF_IMAGE = {"id", "file_name", "width", "height", "people"}
KNOWN_OF_ANNOTATION = {"id", "image_id", "category_id", "bbox", "area", "iscrowd", "attributes", "score"}


@dataclass(frozen=True)
class Remark:
    """Why somebody should look at an annotation.

    Attributes:
        text: in words.
        category: what it may be called.
        weight: how much it is worth a look; the larger, the sooner.
        score: of the prediction that says that there is something; None where that is no question.
    """

    text: str
    category: int
    weight: float
    score: float | None = None


class Kept(msgspec.Struct, frozen=True):
    """What a dataset said of a photo that people do not edit, for the way back.

    Attributes:
        image: the fields of its record.
        annotations: those of its annotations by their id; `segmentation` only where it is an RLE.
    """

    image: Record
    annotations: dict[int, Record]


def header_of(dataset: Dataset) -> str:
    """What a dataset says of itself, without its categories, as the project keeps it."""
    header = {key: value for key, value in dataset.stream().header.items() if key != "categories"}
    return encode_json(header).decode()


def bring(
    dataset: Dataset,
    photos: Sequence[Photo],
    name_of: NameOf,
    conversion: Conversion,
    remarks: Mapping[int, Remark],
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Iterator[NewPhoto]:
    """The photos of a dataset, with what it has on them.

    Args:
        dataset: as it was read.
        photos: where they may lie; none where they lie as the dataset says.
        name_of: what its garments are called here.
        conversion: where the photos lie, and notes of what was left out.
        remarks: by the id of an annotation.
        progress: called with the number of photos done and in all.

    Raises:
        DatasetError: an annotation is malformed.
    """
    found = matched(dataset, photos) if photos else beside(dataset, conversion.images)
    of_image = dataset.annotations_by_image()
    for done, image in enumerate(dataset.images, 1):
        photo = found.get(image["id"])
        size = None if photo is None else size_of(photo, image, conversion)
        if photo is None:
            conversion.note("photos of the dataset that are not there, left out")
        elif size is not None:
            instances = instances_of(of_image.get(image["id"], []), size, name_of, remarks, conversion)
            yield with_work(new_photo(photo), image, size, instances, remarks)
        progress(done, len(dataset.images))


def matched(dataset: Dataset, photos: Sequence[Photo]) -> dict[int, Photo]:
    """The photo of each image by the image's id: that of its name, or else the only one whose name ends as
    only its own does. Raises `DatasetError` where two images have one name."""
    by_name = {identity(photo.name): photo for photo in photos}
    by_ending: dict[str, list[Photo]] = defaultdict(list)
    for photo in photos:
        by_ending[ending(photo.name)].append(photo)
    endings = Counter(ending(image["file_name"]) for image in dataset.images)
    found: dict[int, Photo] = {}
    for image in dataset.images:
        name = identity(image["file_name"])
        alike = by_ending[ending(name)]
        if name in by_name:
            found[image["id"]] = by_name[name]
        elif len(alike) == 1 and endings[ending(name)] == 1:
            found[image["id"]] = alike[0]
    return found


def ending(name: str) -> str:
    """The last part of a photo's name, as names are compared."""
    return PurePosixPath(identity(name)).name


def beside(dataset: Dataset, images: Path | None) -> dict[int, Photo]:
    """The photo of each image by the image's id, from where the dataset says that it lies."""
    return {
        image["id"]: Photo(image["file_name"], place)
        for image in dataset.images
        if (place := dataset.photo_path(image, images)).is_file()
    }


def size_of(photo: Photo, image: Record, conversion: Conversion) -> tuple[int, int] | None:
    """(height, width) of a photo in pixels; None where it cannot be used, which is noted: it cannot be read,
    or has another size than the dataset says, so that no outline would fit."""
    try:
        size = photo_size(photo.place)
    except PhotoError as error:
        conversion.left_out.append(str(error))
        return None
    stated = image.get("height"), image.get("width")
    if None not in stated and stated != size:
        conversion.left_out.append(
            f"{photo.name}: has {size[1]} x {size[0]} pixels; the dataset says {stated[1]} x {stated[0]}"
        )
        return None
    return size


def instances_of(
    annotations: Sequence[Record],
    size: tuple[int, int],
    name_of: NameOf,
    remarks: Mapping[int, Remark],
    conversion: Conversion,
) -> list[tuple[Instance, Record]]:
    """What a project has of a photo's annotations, each with that which it is made of; the larger below.

    A region that is not judged may stand in an annotation a category: it is one here.
    """
    found: list[tuple[Instance, Record]] = []
    regions: dict[str, list[Record]] = defaultdict(list)
    for annotation in annotations:
        if annotation.get("iscrowd"):
            regions[str((annotation.get("bbox"), annotation.get("segmentation")))].append(annotation)
        elif (name := name_of(annotation)) is None:
            conversion.note("what is no garment of the 30, left out")
        else:
            found.append((instance_of(annotation, size, name, remarks.get(annotation["id"])), annotation))
    for alike in regions.values():
        names = [name for annotation in alike if (name := name_of(annotation)) is not None]
        found.append((region_of(alike[0], size, names), alike[0]))
    drawn = [(instance, annotation) for instance, annotation in found if instance.parts]
    if bare := len(found) - len(drawn):
        conversion.note("annotations without a mask or a box, left out", bare)
    return sorted(drawn, key=lambda pair: -extent(pair[0]))


def instance_of(annotation: Record, size: tuple[int, int], name: Name, remark: Remark | None) -> Instance:
    """A garment as a project has it."""
    said = (
        {**annotation, **annotation["attributes"]}
        if isinstance(annotation.get("attributes"), dict)
        else annotation
    )
    score = annotation.get("score")
    instance = Instance(
        id=f"import-{annotation['id']}",
        category=name.category,
        judged=True,
        parts=outlined(annotation, size),
        flags=Flags(**{flag: said.get(flag) in (True, 1, "1", "true") for flag in FLAGS}),
        source="import",
        score=float(score) if isinstance(score, int | float) else None,
        original=Original(annotation["id"], name.label, list(name.candidates)),
    )
    if remark is None:
        return instance
    if remark.score is not None:  # there is no such annotation: somebody is to say whether there should be
        suggested = Original(None, None, [remark.category], remark.text)
        return replace(instance, category=None, source="proposal", score=remark.score, original=suggested)
    return replace(
        instance,
        original=Original(annotation["id"], name.label, [remark.category, *name.candidates], remark.text),
    )


def region_of(annotation: Record, size: tuple[int, int], names: Sequence[Name]) -> Instance:
    """A region that is not judged; of all categories where it names all."""
    candidates = list(dict.fromkeys(key for name in names for key in category_ids(name)))
    return Instance(
        id=f"import-{annotation['id']}",
        category=None,
        judged=False,
        parts=outlined(annotation, size),
        source="import",
        original=Original(annotation["id"], None, [] if len(candidates) == len(CATEGORIES) else candidates),
    )


def category_ids(name: Name) -> Sequence[int]:
    """All that something may be."""
    return name.candidates if name.category is None else (name.category,)


def outlined(annotation: Record, size: tuple[int, int]) -> list[Part]:
    """As `outlines.parts_of`. Raises `DatasetError` naming the annotation."""
    try:
        return parts_of(annotation, size)
    except MaskError as error:
        raise DatasetError(f"annotation {annotation['id']}: segmentation: {error}") from error


def extent(instance: Instance) -> float:
    """How much of a photo the boxes of the parts take, in square pixels: to order, not to measure."""
    total = 0.0
    for outline, *_ in instance.parts:
        x, y = zip(*outline, strict=True)
        total += (max(x) - min(x)) * (max(y) - min(y))
    return total


def with_work(
    photo: NewPhoto,
    image: Record,
    size: tuple[int, int],
    instances: Sequence[tuple[Instance, Record]],
    remarks: Mapping[int, Remark],
) -> NewPhoto:
    """A photo with the work that a dataset brings for it. Raises `DatasetError` where that is no work."""
    ticks = {TICKS[words] for words in photo_people(image)}
    people = Attributes(sorted(ticks - {SELFIE}), selfie=SELFIE in ticks)
    work = Work(attributes=people, instances=[instance for instance, _ in instances])
    try:
        check(work)
    except WorkError as error:
        raise DatasetError(f"image {image['id']} ({image['file_name']}): {error}") from error
    kept = Kept(
        {field: value for field, value in image.items() if field not in KNOWN_OF_IMAGE},
        {annotation["id"]: kept_of(annotation) for _, annotation in instances},
    )
    weights = [remarks[one["id"]].weight for _, one in instances if one["id"] in remarks]
    unnamed = sum(one.judged and one.category is None for one in work.instances)
    return photo._replace(
        height=size[0],
        width=size[1],
        ambiguous=max(weights) if weights else float(unnamed) or None,
        record=encode_json(msgspec.to_builtins(kept)).decode(),
        work=work,
    )


def kept_of(annotation: Record) -> Record:
    """The fields of an annotation that people do not edit, and its mask if outlines cannot be that."""
    polygons = {"segmentation"} if not isinstance(annotation.get("segmentation"), dict) else set()
    return {key: value for key, value in annotation.items() if key not in KNOWN_OF_ANNOTATION | polygons}

"""What stands in a project as a dataset, for every format that can be written."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import msgspec

from wildwear import imaging
from wildwear.annotation.importing import HEADER, SELFIE, Kept
from wildwear.annotation.layers import Seen, seen
from wildwear.annotation.pictures import photo_size
from wildwear.annotation.project import Project, exists, place_of
from wildwear.annotation.store import Photo
from wildwear.annotation.work import FLAGS, Attributes, Work
from wildwear.datasets import Conversion, Dataset, convert
from wildwear.datasets.stream import Format, PhotoStream, Record
from wildwear.datasets.stream import Photo as Annotated
from wildwear.errors import DatasetError, PhotoError
from wildwear.taxonomy import CATEGORIES, coco_categories
from wildwear.taxonomy.maps import OURS


def export(
    project: Project,
    target: Path,
    write: Format,
    conversion: Conversion,
    *,
    unfinished: bool = False,
    overwrite: bool = False,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> int:
    """Write what stands in a project as a dataset.

    Args:
        project: with the work.
        target: file or folder to write.
        write: the format of the target.
        conversion: afterwards, what was left out.
        unfinished: whether photos that are still to do come as well; those that were skipped never do.
        overwrite: replace what lies at the target.
        progress: called with the number of photos done and in all.

    Returns:
        the number of photos.

    Raises:
        DatasetError: the format cannot be written, no photo is done, or the project is damaged.
        OutputError: the target exists, or cannot be written.
    """
    conversion.images = conversion.images or folder_of(project)
    reading = Format(
        name="annotations",
        title="project of wildwear annotate",
        looks_like=lambda candidate: exists(candidate.path),
        read=lambda folder, told: exported(project, told, unfinished=unfinished),
    )
    return convert(project.folder, target, reading, write, conversion, overwrite=overwrite, progress=progress)


def exported(project: Project, conversion: Conversion, *, unfinished: bool) -> PhotoStream:
    """What stands in a project as a stream; arguments and errors as those of `export`."""
    wanted = []
    for photo in project.store.photos():
        if photo.summary.status == "skipped":
            conversion.note("photos that were skipped, left out")
        elif photo.summary.status == "todo" and not unfinished:
            conversion.note("photos that are not done yet, left out")
        else:
            wanted.append(photo.id)
    if not wanted:
        raise DatasetError(
            f"{project.folder}: none of its {project.store.count():,} photos is done, so nothing is to be "
            "written; --unfinished takes those that are still to do"
        )
    header = header_kept(project)
    about = Dataset(header).info | {"label_set": OURS, "mask_convention": "visible"}
    header |= {"info": about, "categories": coco_categories()}
    return PhotoStream(header, annotated(project, wanted, conversion), len(wanted))


def header_kept(project: Project) -> Record:
    """What the dataset that it began with said of itself. Raises `DatasetError` where that is damaged."""
    try:
        return msgspec.json.decode(project.store.setting(HEADER) or "{}", type=Record)
    except msgspec.DecodeError as error:
        raise DatasetError(f"{project.store.path}: settings.{HEADER} is damaged ({error})") from error


def annotated(project: Project, wanted: list[int], conversion: Conversion) -> Iterator[Annotated]:
    """Photos with what is on them, each annotation with a number of its own."""
    numbers = count(1)
    for number in wanted:
        photo = project.store.photo(number)
        assert photo is not None  # photos stay
        try:
            height, width = size_of(photo)
        except PhotoError as error:
            conversion.malformed(f"photo {number}", str(error))
            continue
        work, kept = project.store.standing(number).work, kept_of(photo)
        found = seen(work, kept.annotations, (height, width))
        if hidden := len(work.instances) - len(found):
            conversion.note("instances of which nothing is seen, left out", hidden)
        image = {"id": number, "file_name": photo.name, "width": width, "height": height, **kept.image}
        records = [record for one in found for record in records_of(one, kept, conversion)]
        yield (
            image | people_of(work.attributes),
            [{"id": next(numbers), "image_id": number, **record} for record in records],
        )


def records_of(one: Seen, kept: Kept, conversion: Conversion) -> list[Record]:
    """What is seen of an instance as annotations without ids.

    A region that is not judged is one in each category that it may be, or in all; so is a garment without a
    name, since nobody knows what to find there.
    """
    instance, original = one.instance, one.instance.original
    shape = {
        "segmentation": one.segmentation,
        "bbox": imaging.bbox(one.mask),
        "area": float(imaging.area(one.mask)),
    }
    fields: Record = {}
    if original is not None and original.annotation is not None:
        fields = {"original_ids": [original.annotation], **kept.annotations.get(original.annotation, {})}
        fields |= {"original_label": original.label} if original.label else {}
    flags = {flag: True for flag in FLAGS if getattr(instance.flags, flag)}
    fields |= {"attributes": flags} if flags else {}
    if instance.category is not None:
        return [{**fields, "category_id": instance.category, **shape, "iscrowd": 0}]
    if instance.judged:
        conversion.note("garments without a name, as regions that are not judged")
    candidates = original.candidates if original is not None else []
    return [
        {**fields, "category_id": category, **shape, "iscrowd": 1}
        for category in candidates or [one.id for one in CATEGORIES]
    ]


def people_of(attributes: Attributes) -> Record:
    """Who is on a photo as datasets have it: the thesis' ticks, joined; nothing where nobody has said."""
    ticks = {*attributes.people, *([SELFIE] if attributes.selfie else [])}
    return {"people": "_".join(map(str, sorted(ticks)))} if ticks else {}


def kept_of(photo: Photo) -> Kept:
    """What a dataset said of a photo. Raises `DatasetError` where that is damaged."""
    if photo.record is None:
        return Kept({}, {})
    try:
        return msgspec.json.decode(photo.record, type=Kept)
    except msgspec.DecodeError as error:
        raise DatasetError(f"photo {photo.id} ({photo.name}): photos.record is damaged ({error})") from error


def seen_on(photo: Photo, work: Work) -> list[Seen]:
    """What is seen of the instances on a photo; raises as `size_of` and `kept_of`."""
    return seen(work, kept_of(photo).annotations, size_of(photo))


def size_of(photo: Photo) -> tuple[int, int]:
    """(height, width) of a photo in pixels. Raises `PhotoError` where nobody has looked and nobody can."""
    if photo.height is not None and photo.width is not None:
        return photo.height, photo.width
    return photo_size(place_of(photo.place))


def folder_of(project: Project) -> Path | None:
    """The folder that the names of all photos begin below; None where they lie in archives or several."""
    folders = set[Path]()
    for place, name in project.store.places():
        path = place_of(place)
        if not isinstance(path, Path) or not path.as_posix().endswith(f"/{name}"):
            return None
        folders.add(Path(path.as_posix().removesuffix(f"/{name}")))
    return folders.pop() if len(folders) == 1 else None

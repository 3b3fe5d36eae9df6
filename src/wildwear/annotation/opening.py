"""What a project begins with: photos alone, a dataset, or the suspects of an evaluation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wildwear.annotation.importing import HEADER, Remark, bring, header_of
from wildwear.annotation.naming import asked_names, own_names
from wildwear.annotation.project import Project, new_photo
from wildwear.annotation.store import NewPhoto
from wildwear.datasets import Conversion, Dataset
from wildwear.datasets.formats import document_of
from wildwear.errors import DatasetError
from wildwear.evaluation import Result, suspects
from wildwear.evaluation.result import METRICS
from wildwear.gathering import Photo


@dataclass(frozen=True)
class Beginning:
    """What is to be added to a project.

    Attributes:
        photos: with the work on them.
        author: of that work.
        header: what their dataset says of itself, as `header_of` has it; None where they are of none.
    """

    photos: list[NewPhoto]
    author: str
    header: str | None = None


def add(project: Project, beginning: Beginning) -> int:
    """Add photos to a project; those that it has already stay as they are. Return how many are new."""
    added = project.store.add(beginning.photos, beginning.author)
    if beginning.header is not None and project.store.setting(HEADER) is None:
        project.store.remember(HEADER, beginning.header)
    return added


def from_photos(photos: Iterable[Photo], author: str) -> Beginning:
    """Photos on which nothing stands yet."""
    return Beginning([new_photo(photo) for photo in photos], author)


def from_dataset(
    source: Path,
    photos: Sequence[Photo],
    conversion: Conversion,
    *,
    relabel: bool = False,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> Beginning:
    """The photos of a dataset, with what it has on them; of a folder that `wildwear evaluate` wrote, those on
    which something is suspect.

    Args:
        source: file or folder of any format.
        photos: where the photos may lie; none where they lie as the dataset says.
        conversion: takes notes.
        relabel: whether a person is to name the garments.
        progress: called with the number of photos done and in all.

    Raises:
        DatasetError: it is malformed, or none of its photos is there.
    """
    remarks: dict[int, Remark] = {}
    if (source / METRICS).is_file():
        result = Result.read(source)
        dataset, remarks = suspected(result)
        conversion.images = conversion.images or result.images_dir
    else:
        dataset = Dataset.read(document_of(source), conversion=conversion)
    name_of = asked_names(dataset) if relabel else own_names(dataset)
    brought = list(bring(dataset, photos, name_of, conversion, remarks, progress))
    if not brought:
        raise DatasetError(f"{source}: {nothing_of(dataset, conversion)}")
    return Beginning(brought, source.name, header_of(dataset))


def nothing_of(dataset: Dataset, conversion: Conversion) -> str:
    """Why nothing came of a dataset."""
    if not dataset.images:
        return "there is nothing to annotate: it has no photos on which something is to be looked at"
    if conversion.left_out:
        return f"no photo of it can be used: {conversion.left_out[0]}"
    return f"none of its {len(dataset.images):,} photos is there; name the folder that they lie in"


def suspected(result: Result) -> tuple[Dataset, dict[int, Remark]]:
    """The photos of the truth on which something is suspect, and why, by the id of an annotation.

    Garments that may be missing are annotations of the dataset returned, whose remark has a score.
    """
    truth, found = result.dataset, suspects(result.evidence)
    annotations = list(truth.annotations)
    fresh = max((one["id"] for one in annotations), default=0)
    remarks: dict[int, Remark] = {}
    for one in found:
        key = one.annotation_id
        if key is None:
            key = fresh = fresh + 1
            shape = {field: one.prediction[field] for field in ("segmentation", "bbox")}
            annotations.append({"id": key, "image_id": one.image_id, "category_id": one.category_id, **shape})
        score = one.score if one.annotation_id is None else None
        remarks.setdefault(key, Remark(one.text, one.category_id, one.confidence, score))
    doubted = {one.image_id for one in found}
    images = [image for image in truth.images if image["id"] in doubted]
    return Dataset({**truth.document, "annotations": annotations}, truth.path).restricted_to(images), remarks

"""Several datasets as one: categories and licences united, ids given anew, names of photos kept apart."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from wildwear.datasets.dataset import Dataset
from wildwear.datasets.stream import Conversion, Record
from wildwear.errors import DatasetError
from wildwear.imaging.identity import identity

TOLD = ("description", "label_set", "mask_convention", "label_map", "original_label_set", "not_labelled")
SECTIONS = ("images", "annotations", "categories", "licenses", "info")


def merge(
    datasets: Sequence[Dataset], names: Sequence[str], conversion: Conversion, *, apart: bool = False
) -> Dataset:
    """One dataset of all photos and masks of several, in their order.

    Images and annotations are numbered anew from 1. Categories of one name become one, with the number that
    it had where it was first met, or the next free one. Where a `file_name` occurs in two of the datasets,
    the photos of each are named in a folder of its own. `info.merged_from` says what each was.

    Args:
        datasets: at least one; they stay as they are.
        names: what to call each, in `info` and as a folder; all different.
        conversion: takes notes.
        apart: name the photos of each in a folder of its own, whether they share a name or not.

    Returns:
        the dataset; `image_origins` gives its photos' places.

    Raises:
        DatasetError: two datasets state different label sets: the same name may mean different garments, and
            what one of them names the other leaves unmarked.
    """
    label_sets = {
        str(dataset.info["label_set"]): name
        for dataset, name in zip(datasets, names, strict=True)
        if dataset.info.get("label_set")
    }
    if len(label_sets) > 1:
        (one, first), (other, second) = list(label_sets.items())[:2]
        raise DatasetError(
            f"{first} has the label set {one}, {second} has {other}, and the same name may mean different "
            "garments: carry them over to the 30 categories first, with `wildwear data map`"
        )
    conventions = Counter(dataset.mask_convention for dataset in datasets)
    if len(conventions) > 1:
        said = ", ".join(str(one or "not stated") for one in conventions)
        conversion.note(
            f"datasets of different mask conventions ({said}): the merged one states none", len(datasets)
        )

    categories = united_categories(datasets)
    ids = {category["name"]: category["id"] for category in categories}
    licences = united_licences(datasets)
    folders = names if apart or share_names(datasets) else None
    images: list[Record] = []
    annotations: list[Record] = []
    for position, dataset in enumerate(datasets):
        category_ids = {category["id"]: ids[category["name"]] for category in dataset.categories}
        licence_ids = renumbered(licence_records(dataset), licences)
        image_ids = {}
        for image in dataset.images:
            image_ids[image["id"]] = len(images) + 1
            images.append(image | {"id": len(images) + 1})
            if folders:
                images[-1]["file_name"] = f"{folders[position]}/{image['file_name']}"
            number = image.get("license")
            if isinstance(number, int) and number in licence_ids:
                images[-1]["license"] = licence_ids[number]
            else:
                images[-1].pop("license", None)  # it refers to none, and must not come to refer to another's
        for annotation in dataset.annotations:
            references = {
                "id": len(annotations) + 1,
                "image_id": image_ids[annotation["image_id"]],
                "category_id": category_ids[annotation["category_id"]],
            }
            annotations.append(annotation | references)

    info: Record = {"description": f"merged from {', '.join(names)}"}
    if label_sets:
        info["label_set"] = next(iter(label_sets))
    if len(conventions) == 1 and datasets[0].mask_convention:
        info["mask_convention"] = datasets[0].mask_convention
    info["merged_from"] = [origin(dataset, name) for dataset, name in zip(datasets, names, strict=True)]
    document = {
        "info": info,
        "licenses": licences,
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    return Dataset(document | common_fields(datasets, names, conversion))


def image_origins(datasets: Iterable[Dataset]) -> list[tuple[int, int]]:
    """Where each image of a merged dataset comes from, in order: place of its dataset, id there."""
    return [(place, image["id"]) for place, dataset in enumerate(datasets) for image in dataset.images]


def origin(dataset: Dataset, name: str) -> Record:
    """What a merged dataset says of one of those that it is made of."""
    said = {key: dataset.info[key] for key in TOLD if dataset.info.get(key)}
    return {"name": name} | said


def united_categories(datasets: Iterable[Dataset]) -> list[Record]:
    """The categories of all, one of a name, each with its first number or the next free one."""
    united: dict[str, Record] = {}
    for dataset in datasets:
        for category in dataset.categories:
            if category["name"] not in united:
                taken = {known["id"] for known in united.values()}
                number = category["id"] if category["id"] not in taken else max(taken) + 1
                united[category["name"]] = category | {"id": number}
    return list(united.values())


def licence_records(dataset: Dataset) -> list[Record]:
    """The licences that a dataset lists; some write a text there."""
    listed = dataset.document.get("licenses")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def united_licences(datasets: Iterable[Dataset]) -> list[Record]:
    """The licences of all, each once, numbered from 1."""
    united: list[Record] = []
    for dataset in datasets:
        for licence in licence_records(dataset):
            if not any(same_licence(licence, known) for known in united):
                united.append(licence | {"id": len(united) + 1})
    return united


def renumbered(licences: Iterable[Record], united: list[Record]) -> dict[int, int]:
    """The numbers of a dataset's licences among those of all."""
    return {
        licence["id"]: next(known["id"] for known in united if same_licence(licence, known))
        for licence in licences
        if isinstance(licence.get("id"), int)
    }


def same_licence(one: Record, other: Record) -> bool:
    """Whether two licences differ by no more than their number."""
    return one | {"id": None} == other | {"id": None}


def share_names(datasets: Iterable[Dataset]) -> bool:
    """Whether a name of a photo occurs in more than one of the datasets; some disks ignore case."""
    seen: set[str] = set()
    for dataset in datasets:
        names = {identity(image["file_name"]).casefold() for image in dataset.images}
        if not seen.isdisjoint(names):
            return True
        seen |= names
    return False


def common_fields(datasets: Sequence[Dataset], names: Sequence[str], conversion: Conversion) -> Record:
    """The top-level fields beyond COCO's that all of the datasets that have them agree on."""
    common: Record = {}
    for dataset, name in zip(datasets, names, strict=True):
        for key, value in dataset.document.items():
            if key not in SECTIONS and common.setdefault(key, value) != value:
                conversion.note(f"{key!r} of {name}, which differs from that of another, left out")
    return common


def names_of(paths: Sequence[Path]) -> list[str]:
    """A name for each of several datasets, made from their paths: as short as they are all different."""
    plain = [path.resolve() for path in paths]
    for candidates in ([path.stem for path in plain], [f"{path.parent.name}-{path.stem}" for path in plain]):
        names = [re.sub(r"[^\w.-]+", "-", candidate).strip(".-") for candidate in candidates]
        if len({name.casefold() for name in names}) == len(names) and all(names):
            return names
    return [str(number) for number in range(1, len(paths) + 1)]

"""Datasets made of datasets: a part, a sample, the splits, the same with photos renumbered. Not for building
whole versions by recipe: see `recipes`. To merge, see `merging`.

Each takes a dataset and gives back another; the first stays as it is. Ids of images and annotations stay, so
that the place of a photo is known by its id; `write` puts the photos beside the new file.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from wildwear.datasets.dataset import Dataset
from wildwear.datasets.making.filters import Filters, filtered
from wildwear.datasets.making.photo_files import IMAGES, How, place
from wildwear.datasets.making.splitting import assign, belonging_together, seeded_order
from wildwear.datasets.splits import SPLITS, Split
from wildwear.datasets.stream import Conversion
from wildwear.datasets.terms import photo_kind
from wildwear.errors import DatasetError, OutputError
from wildwear.imaging.identity import identity

Progress = Callable[[int, int], None]


def subset(
    dataset: Dataset,
    filters: Filters,
    conversion: Conversion,
    *,
    ids: set[int] | None = None,
    names: set[str] | None = None,
) -> Dataset:
    """The photos that pass the filters, with all their masks.

    Args:
        dataset: stays as it is.
        filters: what the photos must be like.
        conversion: takes notes.
        ids: of the images to choose from; all by default.
        names: `file_name` of the images to choose from; all by default.

    Raises:
        DatasetError: the dataset has no image of an id or name, or no category of a name, that is asked for;
            or no photo passes.
    """
    chosen = dataset.images
    asked: tuple[tuple[str, set[Any] | None, Callable[[Any], Any]], ...]
    asked = (("id", ids, int), ("file_name", names, identity))
    for field, listed, same in asked:
        if listed is not None:
            wanted = {same(one): one for one in listed}
            if missing := wanted.keys() - {same(image[field]) for image in dataset.images}:
                raise DatasetError(
                    f"{dataset.path}: no image has the {field} {wanted[min(missing)]!r}; of {len(wanted):,} "
                    f"that are listed, {len(missing):,} are not there"
                )
            chosen = [image for image in chosen if same(image[field]) in wanted]
    part = dataset.restricted_to(chosen)
    kept = Dataset.collect(filtered(part.stream(), filters, conversion, dataset.path), dataset.path)
    if chosen and not kept.images:
        asked_for = filters.model_dump(mode="json", exclude_defaults=True)
        kinds = sorted({photo_kind(image) or "not stated" for image in chosen})
        raise DatasetError(
            f"{dataset.path}: of {len(chosen):,} photos none passes the filters {asked_for}; they are "
            f"{', '.join(kinds)} by their source"
        )
    return kept


def sample(dataset: Dataset, photos: int, seed: int) -> Dataset:
    """So many photos drawn at random, in their order; with one seed, a larger sample holds the smaller.

    Raises:
        DatasetError: there are not so many.
    """
    if not 0 <= photos <= len(dataset.images):
        raise DatasetError(
            f"{dataset.path}: {photos:,} photos are asked for, and there are {len(dataset.images):,}"
        )
    drawn = seeded_order([image["file_name"] for image in dataset.images], seed)[:photos]
    return dataset.restricted_to([dataset.images[position] for position in sorted(drawn)])


def split(
    dataset: Dataset,
    photos: Mapping[int, Path],
    shares: Mapping[Split, float],
    conversion: Conversion,
    *,
    seed: int = 0,
    in_order: bool = False,
    progress: Progress = lambda done, total: None,
) -> dict[Split, Dataset]:
    """The dataset in parts, of which no two hold the same photo, pair (`pair_id`), person or scene.

    Args:
        dataset: stays as it is.
        photos: where they lie, by image id; scenes are compared among these.
        shares: of val and test: below 1 a share of the photos, from 1 on their number. Train gets the rest.
        conversion: takes notes.
        seed: another one, another split.
        in_order: the first photos are for train, the next for val, the last for test, instead of at random.
        progress: called with the number of photos compared and in all.

    Raises:
        DatasetError: the shares make no split of so many photos.
    """
    total = len(dataset.images)
    wanted = {name: number_of(share, total, f"--{name}") for name, share in shares.items() if share}
    wanted["train"] = total - sum(wanted.values())
    if wanted["train"] <= 0:
        asked = " and ".join(f"{count:,} for {name}" for name, count in wanted.items() if name != "train")
        raise DatasetError(f"{dataset.path}: {asked} leave none of {total:,} photos to train on")
    places = [photos.get(image["id"]) for image in dataset.images]
    if unseen := places.count(None):
        conversion.note("photos that are not there: whether others show the same scene is not known", unseen)
    names = [image["file_name"] for image in dataset.images]
    groups = belonging_together(dataset.images, names, places, progress)
    assigned = assign(
        range(total) if in_order else seeded_order(names, seed),
        groups,
        ["photo"] * total,
        categories_of(dataset),
        {"photo": wanted},
        fill="in turn" if in_order else "evenly",
        spill={"photo": "train"},
    )
    parts = {}
    for name in SPLITS:
        if name in wanted:
            images = [image for position, image in enumerate(dataset.images) if assigned[position] == name]
            if not images:
                raise DatasetError(
                    f"{dataset.path}: no photo is left for {name}: too many belong together, as pairs, "
                    "persons or scenes"
                )
            if (missing := wanted[name] - len(images)) > 0:
                conversion.note(
                    f"photos fewer in {name} than asked for: those that belong together stay so", missing
                )
            part = dataset.restricted_to(images)
            parts[name] = Dataset({**part.document, "info": part.info | {"split": name}}, part.path)
    return parts


def number_of(share: float, total: int, where: str) -> int:
    """A share of a number, at least 1, or a number itself from 1 on; `DatasetError` for anything else."""
    if not (0 <= share < 1 or share == share // 1):
        raise DatasetError(f"{where}: expected a share below 1 or a number of photos, found {share}")
    return max(1, round(share * total)) if share < 1 else int(share)


def categories_of(dataset: Dataset) -> list[set[str]]:
    """The names of the categories that occur on each photo, as instances, in the order of the images."""
    names = {category["id"]: str(category["name"]) for category in dataset.categories}
    by_image: dict[int, set[str]] = {image["id"]: set() for image in dataset.images}
    for instance in dataset.instances():
        by_image[instance["image_id"]].add(names[instance["category_id"]])
    return list(by_image.values())


def renumber(dataset: Dataset) -> Dataset:
    """The same dataset with its photos named 000000.jpg, 000001.jpg, ... in their order, each with the suffix
    that it had; `original_file_name` keeps the first name. Two records of one photo keep one name."""
    images = []
    numbers: dict[str, int] = {}
    for image in dataset.images:
        number = numbers.setdefault(identity(image["file_name"]), len(numbers))
        name = f"{number:06d}{PurePosixPath(image['file_name']).suffix.lower()}"
        images.append({"original_file_name": image["file_name"]} | image | {"file_name": name})
    return Dataset({**dataset.document, "images": images}, dataset.path)


def write(
    datasets: Mapping[Path, Dataset],
    photos: Mapping[int, Path],
    how: How = "symlink",
    *,
    sources: Collection[Path] = (),
    overwrite: bool = False,
    progress: Progress = lambda done, total: None,
) -> None:
    """Write datasets as COCO files, and their photos beside them in `images/`, unless they lie there already.

    Args:
        datasets: by the file to write each to; all in one folder.
        photos: where the photos lie, by image id.
        how: link them, or copy them.
        sources: what the datasets were made of, files or folders: never written to.
        overwrite: replace the files, if they are there.
        progress: called with the number of photos done and in all.

    Raises:
        OutputError: a file is there already, or is a source; another file has the name of a photo; or
            something cannot be written.
    """
    for path in datasets:
        if path.suffix != ".json":
            raise OutputError(f"{path}: expected a .json file to write")
        if path.exists() and any(path.resolve().is_relative_to(source.resolve()) for source in sources):
            raise OutputError(f"{path}: is the source itself; name another file")
        if path.exists() and not (overwrite and path.is_file()):
            raise OutputError(f"{path}: is there already; name another, or replace it with --overwrite")
    elsewhere = {}
    for path, dataset in datasets.items():
        written = Dataset(dataset.document, path)
        for image in dataset.images:
            photo, beside = photos.get(image["id"]), written.photo_path(image)
            if photo is not None and not (beside.is_file() and beside.samefile(photo)):
                elsewhere[image["file_name"]] = photo
    if elsewhere:
        place(elsewhere, next(iter(datasets)).parent / IMAGES, how, progress)
    for path, dataset in datasets.items():
        dataset.save(path)

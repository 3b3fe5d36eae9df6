"""The photos that a source of a recipe has to offer: read, mapped and filtered, or built with their labels.
Not for which of them are drawn: see `drawing`."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from wildwear import taxonomy
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.formats import document_of, guess, named
from wildwear.datasets.making import carried, ccp30
from wildwear.datasets.making.filters import filtered
from wildwear.datasets.making.mapping import MapReport, map_for, mapped
from wildwear.datasets.making.photo_files import locate
from wildwear.datasets.making.recipes import Builder, Recipe, Source
from wildwear.datasets.making.splitting import seeded_order
from wildwear.datasets.splits import SPLITS, Split
from wildwear.datasets.stream import Conversion, Photo, PhotoStream, Record
from wildwear.datasets.terms import with_kind
from wildwear.errors import DatasetError
from wildwear.taxonomy import maps

Progress = Callable[[int, int | None], None]

# From a folder: the splits of a set whose labels the package carries, and where its photos lie by name.
BUILDERS: dict[Builder, Callable[[Path, Progress], tuple[dict[Split, Dataset], dict[str, Path]]]] = {
    "ccp30": ccp30.annotate,
    "ccp-more": partial(carried.annotate, carried.CCP_MORE),
    "wild780": partial(carried.annotate, carried.WILD780),
    "wild-more": partial(carried.annotate, carried.WILD_MORE),
    "closet30": partial(carried.annotate, carried.CLOSET30),
}


@dataclass
class Pool:
    """The photos of one source that pass its filters."""

    name: str
    dataset: Dataset
    photos: dict[int, Path]  # by image id
    splits: dict[int, Split] = field(default_factory=dict)  # by image id, where a builder says them
    held_out: list[tuple[Record, Path]] = field(default_factory=list)  # a builder's val and test photos that
    # the recipe does not take: what another source offers must not share a scene with them


def annotations_of(source: Source, root: Path) -> Path:
    """What to read of a source: its annotations in a folder, or the file that was named instead."""
    return root / source.annotations if source.annotations and root.is_dir() else root


def read_pool(
    name: str, source: Source, root: Path, recipe: Recipe, conversion: Conversion, progress: Progress
) -> Pool:
    """Read what a source has to offer: its labels mapped, its photos filtered and found."""
    path = annotations_of(source, root)
    beside = root if root.is_dir() else root.parent
    images = beside / source.images if source.images else None
    path = path if source.format else document_of(path)
    format_ = named(source.format) if source.format else guess(path)
    told = Conversion(images=images, attribute=source.attribute, notes=conversion.notes)
    stream = counted(format_.read(path, told), progress)
    if source.map == "auto" and in_our_categories(stream.header):
        label_map = None
        stream.header["info"] = Dataset(stream.header).info | {"label_set": maps.OURS}
    elif source.map == "auto":
        label_map = map_for(stream)
    elif source.map == "none":
        label_map = None
    elif source.map in maps.NAMES:
        label_map = maps.load(source.map)
    else:
        label_map = maps.read(recipe.folder / source.map)
    if label_map is not None:
        stream = mapped(stream, MapReport(label_map), str(path))
    if source.kind:
        stream = with_kind(stream, source.kind)
    dataset = Dataset.collect(filtered(stream, source.filters, conversion, path), path)
    photos = locate(dataset, images)
    if recipe.photos == "none":
        if unseen := len(dataset.images) - len(photos):
            conversion.note(
                f"photos of {name} that are not there: whether others show the same scene is not known",
                unseen,
            )
    elif len(photos) < len(dataset.images):
        conversion.note(f"photos of {name} that are not there, left out", len(dataset.images) - len(photos))
        dataset = dataset.restricted_to([image for image in dataset.images if image["id"] in photos])
    return Pool(name, dataset, photos)


def counted(stream: PhotoStream, progress: Progress) -> PhotoStream:
    """The same photos, each of which is reported as it goes by."""

    def photos() -> Iterator[Photo]:
        for done, photo in enumerate(stream.photos):
            yield photo
            progress(done + 1, stream.total)

    return PhotoStream(stream.header, photos(), stream.total)


def in_our_categories(header: Record) -> bool:
    """Whether a dataset has the 30 categories and their numbers already."""
    ours = [(category["id"], category["name"]) for category in taxonomy.coco_categories()]
    return [(category["id"], category["name"]) for category in header["categories"]] == ours


def drop_repeated(pools: Collection[Pool], conversion: Conversion) -> None:
    """Leave out a photo that an earlier source has given already: one folder can be two sources."""
    seen: set[Path] = set()
    for pool in pools:
        places = {identity: photo.resolve() for identity, photo in pool.photos.items()}
        kept = [image for image in pool.dataset.images if places.get(image["id"]) not in seen]
        if repeated := len(pool.dataset.images) - len(kept):
            conversion.note(f"photos of {pool.name} that an earlier source has as well, left out", repeated)
            pool.dataset = pool.dataset.restricted_to(kept)
        seen.update(places.values())


def built_parts(
    name: str, source: Source, root: Path, recipe: Recipe, conversion: Conversion, progress: Progress
) -> tuple[dict[Split, Dataset], list[Record], dict[str, Path]]:
    """What a recipe takes of a set that a builder makes, by its own splits; what it leaves of val and test;
    where its photos lie, by name.

    Raises:
        DatasetError: the set has no such split, or not so many photos; or its photos are not in `root`.
    """
    assert source.builder
    where = f"{recipe.name}: sources.{name}"
    parts, files = BUILDERS[source.builder](root, progress)
    if unknown := [split for split in source.counts if split not in parts]:
        raise DatasetError(f"{where}.counts.{unknown[0]}: {source.builder} has {', '.join(parts)} only")
    chosen: dict[Split, Dataset] = {}
    for split, part in parts.items():
        passing = Dataset.collect(filtered(part.stream(), source.filters, conversion, where)).images
        count = source.counts.get(split) if source.counts else "rest"
        if count is None or (not source.counts and not passing):
            continue
        alone = source.model_copy(update={"counts": {split: count}})
        wanted = numbers(alone, len(passing), where)[split]
        first = {passing[place]["id"] for place in drawing_order(recipe, name, passing)[:wanted]}
        chosen[split] = part.restricted_to([image for image in part.images if image["id"] in first])
    if not chosen:
        raise DatasetError(f"{where}: no photo of {source.builder} passes its filters")
    taken = {image["file_name"] for part in chosen.values() for image in part.images}
    measured = [image for split, part in parts.items() if split != "train" for image in part.images]
    return chosen, [image for image in measured if image["file_name"] not in taken], files


def built_pool(
    name: str,
    source: Source,
    parts: Mapping[Split, Dataset],
    held_out: Iterable[Record],
    files: Mapping[str, Path],
) -> Pool:
    """The splits of a set as one, to go with other sources; each photo stays in its split."""
    first = next(iter(parts.values()))
    images = [image for part in parts.values() for image in part.images]
    told = {"description": source.builder, "label_set": maps.OURS, "mask_convention": first.mask_convention}
    document = {
        **first.document,
        "info": told,
        "images": images,
        "annotations": [annotation for part in parts.values() for annotation in part.annotations],
    }
    return Pool(
        name,
        Dataset(document),
        {image["id"]: files[image["file_name"]] for image in images},
        {image["id"]: split for split, part in parts.items() for image in part.images},
        [(image, files[image["file_name"]]) for image in held_out],
    )


def numbers(source: Source, available: int, where: str) -> dict[Split, int]:
    """How many photos of a source each split takes.

    Raises:
        DatasetError: there are none, or none for one of the splits; or fewer than asked for, and not
            `at_most`.
    """
    wanted: dict[Split, int] = {}
    share = 0.0
    for split in SPLITS:
        count = source.counts.get(split)
        if isinstance(count, float):
            # By the sum of the shares, so that rounding neither loses a photo nor takes one twice.
            wanted[split] = round((share + count) * available) - round(share * available)
            share += count
        elif count is not None and count != "rest":
            wanted[split] = count
    total = sum(wanted.values())
    if available == 0 or (total > available and not source.at_most):
        asked = ", ".join(f"{count:,} for {split}" for split, count in wanted.items()) or "the rest"
        raise DatasetError(
            f"{where}: {asked}: so many photos are asked for, and {available:,} pass its filters. Ask for "
            "fewer, or set at_most: true"
        )
    if total > available:
        wanted = {split: count * available // total for split, count in wanted.items()}
        wanted[max(wanted, key=lambda split: wanted[split])] += available - sum(wanted.values())
    wanted |= {split: available - sum(wanted.values()) for split in rest_of(source)}
    if none := [split for split, count in wanted.items() if count == 0]:
        raise DatasetError(
            f"{where}.counts.{none[0]}: {source.counts[none[0]]}: that is no photo, of {available:,} that "
            "pass the filters"
        )
    return wanted


def rest_of(source: Source) -> list[Split]:
    """The split that takes what the others leave, if there is one."""
    return [split for split, count in source.counts.items() if count == "rest"]


def drawing_order(recipe: Recipe, name: str, images: Sequence[Record]) -> list[int]:
    """The places of a source's images in the order in which they are drawn."""
    if recipe.order == "as listed":
        return list(range(len(images)))
    return seeded_order([f"{name}/{image['file_name']}" for image in images], recipe.seed)

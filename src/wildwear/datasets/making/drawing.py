"""The photos of a version drawn from the sources of its recipe. Not for files: see `building`."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wildwear import taxonomy
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.formats import guess, named
from wildwear.datasets.making.derive import categories_of, renumber
from wildwear.datasets.making.filters import filtered
from wildwear.datasets.making.mapping import MapReport, map_for, mapped
from wildwear.datasets.making.merging import image_origins, merge
from wildwear.datasets.making.photo_files import locate
from wildwear.datasets.making.recipes import Recipe, Source
from wildwear.datasets.making.splitting import assign, belonging_together, seeded_order
from wildwear.datasets.splits import SPLITS, Split
from wildwear.datasets.stream import Conversion, Photo, PhotoStream, Record
from wildwear.errors import DatasetError
from wildwear.taxonomy import maps

# Photos compared with one another for each that is wanted: some fall out, their like being in another split.
SPARE = 1.2

Progress = Callable[[int, int | None], None]


@dataclass
class Version:
    """What was built, before it is written."""

    splits: dict[Split, Dataset]
    files: dict[str, Path]  # where the photos lie, by `file_name`
    taken: dict[str, dict[Split, int]]  # photos by source and split


@dataclass
class Pool:
    """The photos of one source that pass its filters."""

    name: str
    dataset: Dataset
    photos: dict[int, Path]  # by image id


def drawn_version(
    recipe: Recipe, roots: Mapping[str, Path], conversion: Conversion, progress: Progress
) -> Version:
    """A version drawn by the counts of the recipe's sources.

    Raises:
        DatasetError: there are too few photos; the message says how many there are.
    """
    pools = [
        read_pool(name, source, roots[name], recipe, conversion, progress)
        for name, source in recipe.sources.items()
    ]
    drop_repeated(pools, conversion)
    wanted = {
        pool.name: numbers(
            recipe.sources[pool.name], len(pool.dataset.images), f"{recipe.name}: sources.{pool.name}"
        )
        for pool in pools
    }
    assigned = assign_all(recipe, pools, wanted, progress)
    drawn = Counter((name, split) for (name, _), split in assigned.items())
    for pool in pools:
        for split, count in wanted[pool.name].items():
            source, taken = recipe.sources[pool.name], drawn[pool.name, split]
            if taken < count and isinstance(source.counts[split], int) and not source.at_most:
                raise DatasetError(
                    f"{recipe.name}: sources.{pool.name}.counts.{split}: {count:,} photos are asked for, and "
                    f"there are {taken:,}: of {len(pool.dataset.images):,}, the others share a pair, person "
                    "or scene with photos of another split. Ask for fewer, or set at_most: true"
                )

    parts = [
        pool.dataset.restricted_to(
            [image for image in pool.dataset.images if (pool.name, image["id"]) in assigned]
        )
        for pool in pools
    ]
    whole = merge(parts, [pool.name for pool in pools], conversion)
    origins = [(pools[number], identity) for number, identity in image_origins(parts)]
    whole = renumber(whole) if recipe.renumber else whole
    splits: dict[Split, Dataset] = {}
    for split in SPLITS:
        images = [
            image
            for image, (pool, identity) in zip(whole.images, origins, strict=True)
            if assigned[pool.name, identity] == split
        ]
        if images:
            part = whole.restricted_to(images)
            info = {
                "description": f"{recipe.name} {split}: {recipe.description}",
                "recipe": recipe.name,
                "split": split,
            }
            splits[split] = Dataset({**part.document, "info": part.info | info})
    files = {
        image["file_name"]: pool.photos[identity]
        for image, (pool, identity) in zip(whole.images, origins, strict=True)
        if identity in pool.photos
    }
    return Version(
        splits, files, {name: {split: drawn[name, split] for split in splits} for name in recipe.sources}
    )


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
        stream.photos = (
            (image | {"source": image.get("source") or source.kind}, of_image)
            for image, of_image in stream.photos
        )
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


def assign_all(
    recipe: Recipe, pools: Collection[Pool], wanted: Mapping[str, Mapping[Split, int]], progress: Progress
) -> dict[tuple[str, int], Split]:
    """The split of the photos that are drawn, by source and image id.

    Photos are compared with one another, which takes time, only as far as they are likely to be drawn.
    """

    def compared(pool: Pool, counts: Mapping[Split, int], spare: float) -> int:
        likely = sum(counts.values()) * spare
        return math.ceil(min(likely, len(pool.dataset.images)))

    total = sum(sum(counts.values()) for counts in wanted.values())
    assigned: dict[tuple[str, int], Split] = {}
    for spare in (SPARE, math.inf):
        photos = [
            (pool, position)
            for pool in pools
            for position in drawing_order(recipe, pool)[: compared(pool, wanted[pool.name], spare)]
        ]
        images = [pool.dataset.images[position] for pool, position in photos]
        places = [pool.photos.get(image["id"]) for (pool, _), image in zip(photos, images, strict=True)]
        occurring = {pool.name: categories_of(pool.dataset) for pool in pools}
        found = assign(
            range(len(photos)),
            belonging_together(images, places, progress),
            [pool.name for pool, _ in photos],
            [occurring[pool.name][position] for pool, position in photos],
            wanted,
            fill="evenly" if recipe.order == "random" else "in turn",
            spill={name: split for name, source in recipe.sources.items() for split in rest_of(source)},
        )
        assigned = {(photos[place][0].name, images[place]["id"]): split for place, split in found.items()}
        if len(assigned) == total or len(photos) == sum(len(pool.dataset.images) for pool in pools):
            break
    return assigned


def drawing_order(recipe: Recipe, pool: Pool) -> list[int]:
    """The places of a source's images in the order in which they are drawn."""
    if recipe.order == "as listed":
        return list(range(len(pool.dataset.images)))
    return seeded_order([f"{pool.name}/{image['file_name']}" for image in pool.dataset.images], recipe.seed)

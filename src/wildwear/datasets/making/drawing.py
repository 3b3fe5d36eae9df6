"""The photos of a version, drawn from what the sources of its recipe offer. Not for files: see `building`;
nor for what they offer: see `pooling`.

A source with a builder has splits of its own, which stay; the photos of the others are dealt out around them.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wildwear.datasets.dataset import Dataset
from wildwear.datasets.making.derive import categories_of, renumber
from wildwear.datasets.making.merging import image_origins, licence_records, merge
from wildwear.datasets.making.pooling import (
    Pool,
    Progress,
    built_parts,
    built_pool,
    drawing_order,
    drop_repeated,
    numbers,
    read_pool,
    rest_of,
)
from wildwear.datasets.making.recipes import Recipe
from wildwear.datasets.making.splitting import assign, belonging_together
from wildwear.datasets.splits import SPLITS, Split
from wildwear.datasets.stream import Conversion, Record
from wildwear.errors import DatasetError

# Photos compared with one another for each that is wanted: some fall out, their like being in another split.
SPARE = 1.2

Assigned = dict[tuple[str, int], Split]  # by source and image id


@dataclass
class Version:
    """What was built, before it is written."""

    splits: dict[Split, Dataset]
    files: dict[str, Path]  # where the photos lie, by `file_name`
    taken: dict[str, dict[Split, int]]  # photos by source and split
    licences: dict[str, list[Record]]  # by source, as COCO lists them


def drawn_version(
    recipe: Recipe, roots: Mapping[str, Path], conversion: Conversion, progress: Progress
) -> Version:
    """A version drawn by the counts of the recipe's sources; a set with a builder, alone, as it is built.

    Raises:
        DatasetError: there are too few photos; the message says how many there are.
    """
    pools = []
    for name, source in recipe.sources.items():
        if source.builder:
            parts, held_out, files = built_parts(name, source, roots[name], recipe, conversion, progress)
            if len(recipe.sources) == 1 and not recipe.renumber:
                return as_built(name, parts, files)
            pools.append(built_pool(name, source, parts, held_out, files))
        else:
            pools.append(read_pool(name, source, roots[name], recipe, conversion, progress))
    # A photo of two sources stays with the one that knows its split.
    drop_repeated(sorted(pools, key=lambda pool: not pool.splits), conversion)
    settled = {
        (pool.name, image["id"]): pool.splits[image["id"]]
        for pool in pools
        if pool.splits
        for image in pool.dataset.images
    }
    dealt = [pool for pool in pools if not pool.splits]
    if settled and dealt:
        drop_related(pools, conversion, progress)
    return united(recipe, pools, settled | deal(recipe, dealt, progress), conversion)


def as_built(name: str, parts: dict[Split, Dataset], files: Mapping[str, Path]) -> Version:
    """A version of one set alone: its own numbers, names and words."""
    names = [image["file_name"] for part in parts.values() for image in part.images]
    return Version(
        parts,
        {name: files[name] for name in names},
        {name: {split: len(part.images) for split, part in parts.items()}},
        {name: licence_records(next(iter(parts.values())))},
    )


def united(recipe: Recipe, pools: Sequence[Pool], assigned: Assigned, conversion: Conversion) -> Version:
    """A version of all photos that have a split."""
    parts = [
        pool.dataset.restricted_to(
            [image for image in pool.dataset.images if (pool.name, image["id"]) in assigned]
        )
        for pool in pools
    ]
    apart = any(pool.splits for pool in pools)
    whole = merge(parts, [pool.name for pool in pools], conversion, apart=apart)
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
    taken = Counter((name, split) for (name, _), split in assigned.items())
    return Version(
        splits,
        files,
        {pool.name: {split: taken[pool.name, split] for split in splits} for pool in pools},
        {pool.name: licence_records(pool.dataset) for pool in pools},
    )


def drop_related(pools: Sequence[Pool], conversion: Conversion, progress: Progress) -> None:
    """Leave out photos that share a pair, person or scene with one whose split a builder says, whether the
    recipe takes that one or leaves it for measuring."""
    offered = [(pool, image, pool.photos.get(image["id"])) for pool in pools for image in pool.dataset.images]
    held_out = [(pool, image, photo) for pool in pools for image, photo in pool.held_out]
    photos = offered + held_out
    names = [f"{pool.name}/{image['file_name']}" for pool, image, _ in photos]
    groups = belonging_together(
        [image for _, image, _ in photos], names, [photo for _, _, photo in photos], progress
    )
    settled = {group for (pool, _, _), group in zip(photos, groups, strict=True) if pool.splits}
    for pool in pools:
        if pool.splits:
            continue
        kept = [
            image
            for (own, image, _), group in zip(photos, groups, strict=True)
            if own is pool and group not in settled
        ]
        if related := len(pool.dataset.images) - len(kept):
            conversion.note(
                f"photos of {pool.name} that share a pair, person or scene with those of a set that has its "
                "own splits, left out",
                related,
            )
            pool.dataset = pool.dataset.restricted_to(kept)


def deal(recipe: Recipe, pools: Collection[Pool], progress: Progress) -> Assigned:
    """The split of the photos that are drawn from sources without splits of their own.

    Raises:
        DatasetError: there are too few; the message says how many there are.
    """
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
    return assigned


def assign_all(
    recipe: Recipe, pools: Collection[Pool], wanted: Mapping[str, Mapping[Split, int]], progress: Progress
) -> Assigned:
    """The split of the photos that are drawn.

    Photos are compared with one another, which takes time, only as far as they are likely to be drawn.
    """

    def compared(pool: Pool, counts: Mapping[Split, int], spare: float) -> int:
        likely = sum(counts.values()) * spare
        return math.ceil(min(likely, len(pool.dataset.images)))

    total = sum(sum(counts.values()) for counts in wanted.values())
    assigned: Assigned = {}
    for spare in (SPARE, math.inf):
        photos = [
            (pool, position)
            for pool in pools
            for position in drawing_order(recipe, pool.name, pool.dataset.images)[
                : compared(pool, wanted[pool.name], spare)
            ]
        ]
        images = [pool.dataset.images[position] for pool, position in photos]
        names = [f"{pool.name}/{image['file_name']}" for (pool, _), image in zip(photos, images, strict=True)]
        places = [pool.photos.get(image["id"]) for (pool, _), image in zip(photos, images, strict=True)]
        occurring = {pool.name: categories_of(pool.dataset) for pool in pools}
        found = assign(
            range(len(photos)),
            belonging_together(images, names, places, progress),
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

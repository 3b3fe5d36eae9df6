"""Builds a dataset version by its recipe: a COCO file a split, the photos, and `provenance.json`."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wildwear
from wildwear import taxonomy
from wildwear.datasets import ccp30
from wildwear.datasets.dataset import Dataset
from wildwear.datasets.documents import read_json
from wildwear.datasets.filters import filtered
from wildwear.datasets.formats import guess, named
from wildwear.datasets.mapping import MapReport, map_for, mapped
from wildwear.datasets.merging import image_origins, merge
from wildwear.datasets.photo_files import IMAGES, How, locate, place
from wildwear.datasets.recipes import Recipe, Source
from wildwear.datasets.splitting import SPLITS, Split, assign, belonging_together, seeded_order
from wildwear.datasets.stream import Conversion, Record
from wildwear.datasets.verbs import categories_of, renumber
from wildwear.errors import DatasetError, OutputError
from wildwear.files import replacing_folder, sha256, write_atomically
from wildwear.taxonomy import maps

PROVENANCE = "provenance.json"
ANNOTATION_SUFFIXES = (".csv", ".json", ".mat", ".txt", ".xml", ".yaml", ".yml")
SPARE = (
    1.2  # how many times the photos that are wanted are compared with one another, so that some can fall out
)

Progress = Callable[[int, int], None]


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


def build(
    recipe: Recipe,
    sources: Mapping[str, Path],
    out: Path,
    conversion: Conversion | None = None,
    *,
    photos: How | None = None,
    overwrite: bool = False,
    progress: Progress = lambda done, total: None,
) -> dict[Split, Dataset]:
    """Build a dataset version into a folder, whole or not at all.

    Args:
        recipe: what it is made of.
        sources: the folders or files of its sources, by name; they go before what the recipe says.
        out: `train.json` and so on, `images/` and `provenance.json` go here.
        conversion: takes notes.
        photos: link or copy them, whatever the recipe says.
        overwrite: replace what another recipe built there, or what was changed since.
        progress: called with the number of photos done and in all, from the start for each step.

    Returns:
        The datasets by split, as saved.

    Raises:
        DatasetError: a source is missing or malformed, or does not have the photos that are asked for.
        OutputError: `out` holds something else than an earlier build of the recipe, or cannot be written.
    """
    conversion = conversion or Conversion()
    recipe = recipe.model_copy(update={"photos": photos or recipe.photos})
    roots = roots_of(recipe, sources)
    out = out.resolve()
    if inside := [root for root in roots.values() if root.resolve().is_relative_to(out)]:
        raise OutputError(f"{out}: holds a source of the recipe, {inside[0]}; name another folder with --out")
    earlier = earlier_build(out, recipe, overwrite)
    with replacing_folder(out, earlier.__contains__) as folder:
        if recipe.builder == "ccp30":
            (root,) = roots.values()
            version = ccp30_version(recipe, root, progress)
        else:
            version = drawn_version(recipe, roots, conversion, progress)
        for split, dataset in version.splits.items():
            dataset.save(folder / f"{split}.json")
        if recipe.photos != "none":
            place(version.files, folder / IMAGES, recipe.photos, progress)
        annotations = {
            name: (roots[name] / (source.annotations or "")).resolve()
            for name, source in recipe.sources.items()
        }
        digests = {name: digest(path, out) for name, path in annotations.items()}
        write_provenance(folder, recipe, digests, version)
    return {
        split: Dataset(dataset.document, out / f"{split}.json") for split, dataset in version.splits.items()
    }


def roots_of(recipe: Recipe, sources: Mapping[str, Path]) -> dict[str, Path]:
    """The file or folder of each source. Raises `DatasetError` for one that is not known, said or there."""
    if unknown := [name for name in sources if name not in recipe.sources]:
        raise DatasetError(f"{recipe.name}: has no source {unknown[0]!r}, but {', '.join(recipe.sources)}")
    roots = {}
    for name, source in recipe.sources.items():
        root = sources.get(name) or (source.path and recipe.folder / source.path)
        if root is None:
            raise DatasetError(f"{recipe.name}: where is {name}? Say --source {name}=DIR: {source.title}")
        if not root.exists():
            raise DatasetError(f"{root}: no such file or folder; {name} is {source.title}")
        roots[name] = root
    return roots


def earlier_build(out: Path, recipe: Recipe, overwrite: bool) -> set[str]:
    """The files, relative to `out`, of an earlier build that this one replaces.

    Raises:
        OutputError: something is there that no recipe built, or that is not to be replaced.
    """
    if Path.cwd().is_relative_to(out):
        raise OutputError(f"{out}: is the folder that you are in; name another with --out")
    if not out.is_dir() or not any(out.iterdir()):
        return set()
    try:
        provenance = read_json(out / PROVENANCE)
        built = provenance["recipe"]["name"]
        files = {f"{split}.json": provenance["splits"][split]["sha256"] for split in provenance["splits"]}
    except (DatasetError, LookupError, TypeError) as error:
        found = min(path.name for path in out.iterdir())
        raise OutputError(
            f"{out}: holds {found}, which no recipe built; choose an empty folder with --out"
        ) from error
    ours = {PROVENANCE, *files}
    for name, digest in files.items():
        path = out / name
        if path.is_file():
            if sha256(path) != digest and not overwrite:
                raise OutputError(f"{path}: was changed since it was built; --overwrite builds it anew")
            ours |= {f"{IMAGES}/{image['file_name']}" for image in Dataset.load(path).images}
    if built != recipe.name and not overwrite:
        raise OutputError(f"{out}: holds what the recipe {built} built; --overwrite replaces it")
    return ours


def ccp30_version(recipe: Recipe, root: Path, progress: Progress) -> Version:
    """CCP-30, whose table says the splits."""
    splits, files = ccp30.annotate(root, progress)
    (name,) = recipe.sources
    return Version(splits, files, {name: {split: len(part.images) for split, part in splits.items()}})


def drawn_version(
    recipe: Recipe, roots: Mapping[str, Path], conversion: Conversion, progress: Progress
) -> Version:
    """A version drawn by the counts of the recipe's sources.

    Raises:
        DatasetError: there are too few photos; the message says how many there are.
    """
    pools = [
        read_pool(name, source, roots[name], recipe, conversion) for name, source in recipe.sources.items()
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


def read_pool(name: str, source: Source, root: Path, recipe: Recipe, conversion: Conversion) -> Pool:
    """Read what a source has to offer: its labels mapped, its photos filtered and found."""
    path = root / source.annotations if source.annotations else root
    beside = root if root.is_dir() else root.parent
    images = beside / source.images if source.images else None
    format_ = named(source.format) if source.format else guess(path)
    told = Conversion(images=images, attribute=source.attribute, notes=conversion.notes)
    stream = format_.read(path, told)
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
        DatasetError: there are none; or fewer than asked for, and not `at_most`.
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
    return wanted | {split: available - sum(wanted.values()) for split in rest_of(source)}


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


def write_provenance(
    folder: Path, recipe: Recipe, digests: Mapping[str, Mapping[str, Any]], version: Version
) -> None:
    """Say what the version was made of, and by what: no times and no places, so that it can be compared."""
    provenance = {
        "recipe": recipe.model_dump(mode="json", exclude={"sources": {"__all__": {"path"}}}),
        "wildwear": wildwear.__version__,
        "sources": {name: {**found, "photos": version.taken[name]} for name, found in digests.items()},
        "splits": {
            split: {
                "sha256": sha256(folder / f"{split}.json"),
                "photos": len(dataset.images),
                "instances": len(dataset.instances()),
            }
            for split, dataset in version.splits.items()
        },
    }
    write_atomically(folder / PROVENANCE, json.dumps(provenance, indent=2).encode() + b"\n")


def digest(source: Path, out: Path) -> dict[str, Any]:
    """The annotation files of a source: how many, and the SHA-256 of them all, by their names and contents.

    Photos are not read for it, nor what lies in `out` or is hidden.
    """
    if source.is_file():
        return {"files": 1, "sha256": sha256(source)}
    files = sorted(
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.suffix.lower() in ANNOTATION_SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(source).parts)
        and not path.is_relative_to(out)
        and path.is_file()
    )
    together = hashlib.sha256()
    for name in files:
        together.update(f"{name} {sha256(source / name)}\n".encode(errors="surrogateescape"))
    return {"files": len(files), "sha256": together.hexdigest()}

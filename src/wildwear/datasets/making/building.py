"""Builds a dataset version by its recipe: a COCO file a split, the photos, and `provenance.json`."""

import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from wildwear.datasets.dataset import Dataset
from wildwear.datasets.documents import read_json
from wildwear.datasets.making.drawing import Version, drawn_version
from wildwear.datasets.making.photo_files import IMAGES, How, place
from wildwear.datasets.making.pooling import Progress, annotations_of
from wildwear.datasets.making.recipes import Recipe, Source
from wildwear.datasets.splits import Split
from wildwear.datasets.stream import Conversion
from wildwear.errors import DatasetError, OutputError
from wildwear.files import alone_with, replacing_folder, sha256, write_atomically
from wildwear.version import __version__

PROVENANCE = "provenance.json"
ANNOTATION_SUFFIXES = (".csv", ".json", ".mat", ".txt", ".xml", ".yaml", ".yml")


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
        the datasets by split, as saved.

    Raises:
        DatasetError: a source is missing or malformed, or does not have the photos that are asked for.
        OutputError: `out` holds something else than an earlier build of the recipe, cannot be written, or
            another run is writing it.
    """
    conversion = conversion or Conversion()
    recipe = recipe.model_copy(update={"photos": photos or recipe.photos})
    roots = roots_of(recipe, sources)
    out = out.resolve()
    if inside := [root for root in roots.values() if root.resolve().is_relative_to(out)]:
        raise OutputError(f"{out}: holds a source of the recipe, {inside[0]}; name another folder with --out")
    with (
        alone_with(out),
        replacing_folder(out, earlier_build(out, recipe, overwrite).__contains__) as folder,
    ):
        version = drawn_version(recipe, roots, conversion, progress)
        for split, dataset in version.splits.items():
            dataset.save(folder / f"{split}.json")
        if recipe.photos != "none":
            place(version.files, folder / IMAGES, recipe.photos, progress)
        digests = {
            name: digest(annotations_of(source, roots[name]).resolve(), out) | labels_of(source)
            for name, source in recipe.sources.items()
        }
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


def write_provenance(
    folder: Path, recipe: Recipe, digests: Mapping[str, Mapping[str, Any]], version: Version
) -> None:
    """Say what the version was made of, and by what: no times and no places, so that it can be compared."""
    provenance = {
        "recipe": recipe.model_dump(mode="json", exclude={"sources": {"__all__": {"path"}}}),
        "wildwear": __version__,
        "sources": {
            name: {**found, "photos": version.taken[name], "licences": version.licences[name]}
            for name, found in digests.items()
        },
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


def labels_of(source: Source) -> dict[str, Any]:
    """The SHA-256 of the table, if the labels of a source are those that the package carries."""
    if not source.builder:
        return {}
    table = resources.files("wildwear.datasets.making") / f"{source.builder}.csv"
    return {"labels": {"table": table.name, "sha256": hashlib.sha256(table.read_bytes()).hexdigest()}}

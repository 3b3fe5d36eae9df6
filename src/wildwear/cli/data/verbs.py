"""`wildwear data merge`, `split`, `subset`, `sample`, `renumber`: datasets made of datasets."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from wildwear.datasets import Conversion, Dataset

DatasetIn = Annotated[Path, typer.Argument(metavar="DATASET", help="Dataset of any format.")]
FileOut = Annotated[Path, typer.Argument(metavar="OUT", help="COCO file (.json) to write.")]
FolderOut = Annotated[Path, typer.Argument(metavar="OUT_DIR", help="Folder to write to.")]
Images = Annotated[
    Path | None,
    typer.Option(help="Where the photos lie, if not beside the annotations.", show_default=False),
]
Copy = Annotated[bool, typer.Option("--copy", help="Copy the photos instead of linking them.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]
Seed = Annotated[int, typer.Option(help="Another one draws other photos.")]


def merge(
    sources: Annotated[list[Path], typer.Argument(metavar="DATASET...", help="Datasets of any format.")],
    out: FileOut,
    images: Images = None,
    copy: Copy = False,
    overwrite: Overwrite = False,
) -> None:
    """Make one dataset of several, with ids of its own; photos of one name go to a folder for each dataset.

    Example: wildwear data merge ccp30/train.json ccp30/val.json both.json
    """
    from wildwear.datasets import Conversion
    from wildwear.datasets.making import merging

    conversion = Conversion(images=images)
    opened = [open_dataset(source, conversion) for source in sources]
    merged = merging.merge([dataset for dataset, _ in opened], merging.names_of(sources), conversion)
    origins = merging.image_origins(dataset for dataset, _ in opened)
    photos = {
        image["id"]: opened[place][1][identity]
        for image, (place, identity) in zip(merged.images, origins, strict=True)
        if identity in opened[place][1]
    }
    if shared := len(photos) - len({photo.resolve() for photo in photos.values()}):
        conversion.note(
            "photos that stand in more than one of the datasets, and are now in it as often", shared
        )
    write({out: merged}, photos, sources, conversion, copy=copy, overwrite=overwrite)


def split(
    dataset: DatasetIn,
    out: FolderOut,
    val: Annotated[float, typer.Option(help="Photos for val: a share below 1, or a number.")] = 0.1,
    test: Annotated[float, typer.Option(help="Photos for test: a share below 1, or a number.")] = 0.1,
    seed: Seed = 0,
    in_order: Annotated[
        bool, typer.Option("--in-order", help="Train, val and test one after the other, not at random.")
    ] = False,
    images: Images = None,
    copy: Copy = False,
    overwrite: Overwrite = False,
) -> None:
    """Part a dataset in train, val and test: never the same pair, person or scene in two of them.

    Example: wildwear data split ccp30/train.json parts --val 0.1 --test 0.1 --seed 0
    """
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets import Conversion
    from wildwear.datasets.making import derive

    conversion = Conversion(images=images)
    whole, photos = open_dataset(dataset, conversion)
    with photo_progress("Comparing photos") as progress:
        parts = derive.split(
            whole,
            photos,
            {"val": val, "test": test},
            conversion,
            seed=seed,
            in_order=in_order,
            progress=progress,
        )
    files = {out / f"{name}.json": part for name, part in parts.items()}
    write(files, photos, [dataset], conversion, copy=copy, overwrite=overwrite)


def subset(
    dataset: DatasetIn,
    out: FileOut,
    category: Annotated[
        list[str] | None,
        typer.Option(help="Photos with at least one of these categories.", show_default=False),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Photos that are street, wild, closet, mixed.")] = None,
    min_side: Annotated[int, typer.Option(help="Least length of the shorter side, px.")] = 0,
    people: Annotated[
        list[str] | None,
        typer.Option(help="Photos of: `one person`, `people`, `no people`, `selfie`.", show_default=False),
    ] = None,
    min_masks: Annotated[int, typer.Option(help="Least number of masks on a photo.")] = 0,
    ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Images by id, one a line.", show_default=False)
    ] = None,
    names: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Images by file name, one a line.", show_default=False)
    ] = None,
    images: Images = None,
    copy: Copy = False,
    overwrite: Overwrite = False,
) -> None:
    """Take the photos that are like this, with all their masks.

    Example: wildwear data subset ccp30/train.json coats.json --category coat --min-side 300
    """
    from pydantic import ValidationError

    from wildwear.datasets import Conversion
    from wildwear.datasets.making import derive
    from wildwear.datasets.making.filters import Filters

    try:
        filters = Filters.model_validate(
            {
                "categories": category or (),
                "source": source,
                "min_side": min_side,
                "people": people or (),
                "min_masks": min_masks,
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(f"{first['loc'][0]}: {first['msg']}") from error
    conversion = Conversion(images=images)
    whole, photos = open_dataset(dataset, conversion)
    part = derive.subset(
        whole,
        filters,
        conversion,
        ids={number_in(line, ids) for line in lines(ids)} if ids else None,
        names=set(lines(names)) if names else None,
    )
    write({out: part}, photos, [dataset], conversion, copy=copy, overwrite=overwrite)


def sample(
    dataset: DatasetIn,
    out: FileOut,
    photos: Annotated[int, typer.Option(min=0, help="How many.")],
    seed: Seed = 0,
    images: Images = None,
    copy: Copy = False,
    overwrite: Overwrite = False,
) -> None:
    """Take so many photos at random; with the same seed, more of them hold the fewer.

    Example: wildwear data sample ccp30/train.json few.json --photos 2 --seed 0
    """
    from wildwear.datasets import Conversion
    from wildwear.datasets.making import derive

    conversion = Conversion(images=images)
    whole, places = open_dataset(dataset, conversion)
    write(
        {out: derive.sample(whole, photos, seed)},
        places,
        [dataset],
        conversion,
        copy=copy,
        overwrite=overwrite,
    )


def renumber(
    dataset: DatasetIn,
    out: FolderOut,
    images: Images = None,
    copy: Copy = False,
    overwrite: Overwrite = False,
) -> None:
    """Name the photos 000000.jpg, 000001.jpg, ... in their order, in a new folder and in the file.

    Example: wildwear data renumber ccp30/val.json renumbered
    """
    from wildwear.datasets import Conversion
    from wildwear.datasets.making import derive

    conversion = Conversion(images=images)
    whole, photos = open_dataset(dataset, conversion)
    file = out / f"{dataset.stem}.json"
    write({file: derive.renumber(whole)}, photos, [dataset], conversion, copy=copy, overwrite=overwrite)


def open_dataset(path: Path, conversion: "Conversion") -> tuple["Dataset", dict[int, Path]]:
    """A dataset, and where its photos lie by image id."""
    from wildwear.datasets import Dataset
    from wildwear.datasets.making.photo_files import locate

    dataset = Dataset.read(path, conversion=conversion)
    photos = locate(dataset, conversion.images)
    if missing := len(dataset.images) - len(photos):
        conversion.note(
            f"photos of {path} that are not beside it: named, not linked (--images DIR finds them)", missing
        )
    return dataset, photos


def write(
    datasets: Mapping[Path, "Dataset"],
    photos: Mapping[int, Path],
    sources: list[Path],
    conversion: "Conversion",
    *,
    copy: bool,
    overwrite: bool,
) -> None:
    """Write what was made, and say what it is."""
    from wildwear.cli.data.convert import say_notes
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets.making import derive

    with photo_progress("Placing photos") as progress:
        derive.write(
            datasets,
            photos,
            "copy" if copy else "symlink",
            sources=sources,
            overwrite=overwrite,
            progress=progress,
        )
    say_notes(conversion)
    for path, dataset in datasets.items():
        echo(f"{path}: {len(dataset.images):,} photos, {len(dataset.instances()):,} masks")
    say_next("wildwear", "data", "describe", *datasets)


def lines(path: Path) -> list[str]:
    """The lines of a list of ids or names that are not empty."""
    from wildwear.errors import DatasetError

    try:
        return [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: is not UTF-8 text: {error}") from error


def number_in(line: str, path: Path) -> int:
    """The id on a line. Raises `DatasetError` where there is something else."""
    from wildwear.errors import DatasetError

    try:
        return int(line)
    except ValueError as error:
        raise DatasetError(f"{path}: expected an image id on each line, found {line!r}") from error

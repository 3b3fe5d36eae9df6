"""`wildwear via merge`, `drop-empty`, `split` and `renumber`: projects made of projects."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from wildwear.cli.printing import echo, say_next
from wildwear.cli.via.opening import FileOut, ImagesOption, Overwrite, ProjectArgument, open_to_edit

SHOWN = 20  # photos that are named, of those that were dropped


def merge(
    projects: Annotated[
        list[Path], typer.Argument(metavar="PROJECT...", help="VIA 2 projects; settings are the first's.")
    ],
    out: FileOut,
    name: Annotated[
        str | None,
        typer.Option(help="Of the merged project; that of the file by default.", show_default=False),
    ] = None,
    prefer: Annotated[
        Literal["first", "last"] | None,
        typer.Option(help="Whose regions count where two annotated one photo.", show_default=False),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Make one project of several, and say which keys, photos and options met.

    Example: wildwear via merge parts/train_15.json parts/val_5.json --out whole.json --name shorts
    """
    from wildwear.imaging.identity import shown
    from wildwear.via import merge, save

    opened = [open_to_edit(path) for path in projects]
    merged = merge(opened, name or shown(out.stem), prefer)
    save({out: merged.project}, opened, overwrite=overwrite)
    for remark in merged.remarks:
        echo(f"note: {remark}", err=True)
    if name and not merged.project.is_whole:
        echo(f"note: {out} is a file of regions, which has no name", err=True)
    echo(f"{out}: {len(merged.project.keys):,} photos of {len(opened):,} projects")
    say_next("wildwear", "via", "check", out)


def drop_empty(
    project: ProjectArgument,
    out: Annotated[Path | None, typer.Option(help="Project to write.", show_default=False)] = None,
    up_to: Annotated[
        str | None,
        typer.Option(
            metavar="PHOTO",
            help="The photo annotated last, by name or key: those behind it stay.",
            show_default=False,
        ),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Write PROJECT itself; what it was stays as PROJECT.bak.")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Leave out the photos without regions, from the id list as well.

    Example: wildwear via drop-empty shorts/via_region_data.json --out annotated.json --up-to shorts12.jpg
    """
    from wildwear.via import drop_empty, save, save_in_place

    if (out is None) != in_place:
        raise typer.BadParameter("name the project to write with --out, or change it with --in-place.")
    opened = open_to_edit(project)
    kept, dropped = drop_empty(opened, up_to)
    if out is None:
        echo(f"{project}: what it was is {save_in_place(kept)}", err=True)
    else:
        save({out: kept}, [opened], overwrite=overwrite)
    for name in dropped[:SHOWN]:
        echo(f"left out: {name}", err=True)
    if (more := len(dropped) - SHOWN) > 0:
        echo(f"left out: {more:,} more", err=True)
    echo(f"{out or project}: {len(kept.keys):,} photos, {len(dropped):,} without regions left out")
    say_next("wildwear", "via", "check", out or project)


def split(
    project: ProjectArgument,
    out: Annotated[Path, typer.Option(help="Folder to write to.", show_default=False)],
    val: Annotated[
        int | None, typer.Option(min=1, help="Photos for val, the last in order.", show_default=False)
    ] = None,
    val_ids: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Photos for val, by key or file name, one a line.", show_default=False
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Part a project in two, written as train_N.json and val_M.json by how many photos each has.

    Example: wildwear via split shorts/via_region_data.json --out parts --val 5
    """
    from wildwear.cli.data.verbs import lines
    from wildwear.via import save, split
    from wildwear.via.parting import shared_names

    if (val is None) == (val_ids is None):
        raise typer.BadParameter("say which photos go to val, with --val or --val-ids.")
    opened = open_to_edit(project)
    parts = split(opened, val=val, names=lines(val_ids) if val_ids else ())
    files = {out / f"{name}.json": part for name, part in parts.items()}
    save(files, [opened], overwrite=overwrite)
    for name in shared_names(parts.values()):
        echo(f"note: a photo called {name} is in both", err=True)
    for path, part in files.items():
        echo(f"{path}: {len(part.keys):,} photos")
    train = next(iter(files))
    say_next("wildwear", "via", "to-coco", train, "--out", train.with_suffix(".coco.json"))


def renumber(
    project: ProjectArgument,
    out: Annotated[Path, typer.Option(help="Folder to write, empty or new.", show_default=False)],
    images: ImagesOption = None,
    skip_missing: Annotated[
        bool, typer.Option("--skip-missing", help="Leave out the photos that are not there.")
    ] = False,
) -> None:
    """Copy the photos as 000000.jpg, 000001.jpg, ... into a new folder, and name them so in the project.

    Example: wildwear via renumber shorts/via_region_data.json --out renumbered --skip-missing
    """
    from wildwear.cli.progress import photo_progress
    from wildwear.via import renumber

    opened = open_to_edit(project)
    with photo_progress("Copying") as progress:
        made = renumber(opened, out, images, skip_missing=skip_missing, progress=progress)
    if left := len(opened.keys) - len(made.keys):
        echo(f"note: {left:,} photos are not there, left out", err=True)
    file = out / project.name
    echo(f"{file}: {len(made.keys):,} photos, as many copies in {out / 'images'}")
    say_next("wildwear", "via", "to-coco", file, "--out", file.with_suffix(".coco.json"))

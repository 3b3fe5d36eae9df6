"""`wildwear curate select`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wildwear.cli.printing import echo, say_next

if TYPE_CHECKING:
    from wildwear.curation.selecting import Selection


def select(
    catalog: Annotated[Path, typer.Argument(help="Folder that `wildwear curate scan` made.")],
    out: Annotated[Path, typer.Option(metavar="PATH", help="What to write: a file, or a folder.")],
    to: Annotated[
        Literal["list", "folder", "via"],
        typer.Option(help="A list of paths, a folder of renumbered copies, or a project for VIA 2."),
    ] = "list",
    where: Annotated[
        str | None,
        typer.Option(metavar="SQL", help="Which photos: conditions over the columns.", show_default=False),
    ] = None,
    put_back: Annotated[
        Path | None,
        typer.Option(help="List of photos that are wanted whatever the conditions say.", show_default=False),
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Take so many of these.", show_default=False)
    ] = None,
    diverse: Annotated[
        bool, typer.Option("--diverse", help="Of a sample: as different as can be, by embedding.")
    ] = False,
    hardest: Annotated[
        bool, typer.Option("--hardest", help="Of a sample: those the model is least sure of, hardest first.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Of a sample: with the shares of this column's values.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn at random.")] = 1,
) -> None:
    """Choose photos of a catalog, see what each condition costs, and hand them out. Photos are only read.

    Example: wildwear curate select catalog --where "color = 'color' and not duplicate" --out chosen.txt
    """
    from wildwear.cli.progress import photo_progress
    from wildwear.curation import Catalog, handing_out
    from wildwear.curation.sampling import sample as take
    from wildwear.curation.selecting import select as choose

    if diverse and hardest:
        raise typer.BadParameter("diverse or hardest, not both", param_hint="--diverse")
    if sample is None and (diverse or hardest or by is not None):
        raise typer.BadParameter("says how a sample is taken; say how many with --sample")
    selection = choose(Catalog(catalog), where, put_back)
    photos = selection.photos
    for line in funnel(selection):
        echo(line)
    order: Literal["diverse", "hardest", "random"] = (
        "diverse" if diverse else "hardest" if hardest else "random"
    )
    if sample is not None:
        photos = take(photos, sample, order, seed=seed, by=by, always=selection.put_back)
        echo(f"{len(photos):>9,} in the sample: {order}{f', with the shares of {by}' if by else ''}")
    if to == "list":
        handing_out.write_list(photos, out)
    elif to == "folder":
        with photo_progress("Copying") as progress:
            handing_out.write_folder(photos, out, progress)
    else:
        handing_out.write_via(photos, Catalog(catalog), out)
    echo(f"{to}: {out}")
    photos_of = ("--from", out) if to == "via" else (out,)
    say_next("wildwear", "annotate", *photos_of, "--project", "work")


def funnel(selection: "Selection") -> Iterator[str]:
    """What each step left, a line each."""
    from wildwear.curation.conditions import brief

    first = selection.steps[0]
    yield f"{first.left + first.went:>9,} photos in the catalog"
    for step in selection.steps:
        unknown = f", of which {step.unknown:,} not known" if step.unknown else ""
        yield f"{step.left:>9,} {brief(step.text)}{f'  (−{step.went:,}{unknown})' if step.went else ''}"
    if selection.put_back:
        yield f"{len(selection.photos):>9,} with {len(selection.put_back):,} that were put back"

"""`wildwear data draft`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from wildwear.cli.options import ModelOption
from wildwear.cli.printing import echo, say_next


def draft(
    photos: Annotated[
        Path, typer.Argument(file_okay=False, help="Folder of photos that nobody has outlined.")
    ],
    out: Annotated[
        Path, typer.Option(help="COCO file to write; links to the photos go beside it, in images/.")
    ],
    model: ModelOption = "default",
    kind: Annotated[
        Literal["street", "wild"] | None,
        typer.Option(help="What the photos are: their `source`.", show_default=False),
    ] = None,
    tags: Annotated[
        Path | None,
        typer.Option(
            help="What is on each photo: a CSV with the columns photo and category; or a Clothing Co-Parsing "
            "folder, for its image-level tags. Photos without are left out.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
) -> None:
    """Label photos by a model, to train the next one on: what it is sure of, and regions not to be judged.

    Example: wildwear data draft photos --kind wild --out drafts.json
    """
    from wildwear import datasets, inference
    from wildwear.cli.progress import photo_progress
    from wildwear.datasets.making import derive
    from wildwear.errors import DatasetError, OutputError
    from wildwear.imaging import find_photos
    from wildwear.inference.drafting import draft_photos, read_tags
    from wildwear.taxonomy import maps

    if out.exists() and not overwrite:
        raise OutputError(f"{out}: is there already; name another, or replace it with --overwrite")
    found = {path.relative_to(photos).as_posix(): path for path in find_photos(str(photos))}
    known = read_tags(tags, list(found)) if tags else None
    if known is not None:
        if not known:
            raise DatasetError(f"{tags}: tags none of the {len(found)} photos in {photos}")
        if missing := len(found) - len(known):
            echo(f"{missing} photos without tags, left out")
        found = {name: path for name, path in found.items() if name in known}
    segmenter = inference.load(model)
    about = {
        "description": f"drafted by {segmenter.card.name}",
        "label_set": maps.OURS,
        "mask_convention": "visible",
    }
    with photo_progress("Drafting") as progress:
        document = draft_photos(segmenter, found, about, {"source": kind} if kind else {}, known, progress)
    dataset = datasets.Dataset(document)
    for failure in document.pop("failures"):
        echo(f"skipped: {failure['file_name']}: {failure['reason']}")
    places = {image["id"]: found[image["file_name"]] for image in dataset.images}
    derive.write({out: dataset}, places, sources=[photos], overwrite=overwrite)
    echo(
        f"{len(dataset.images)} of {len(found)} photos, {len(dataset.instances())} garments; on the others "
        "nothing is sure"
    )
    say_next("wildwear", "data", "view", out)

"""The photos of a run on one page, to be searched and sorted in a browser, without a server.

The page holds the words, some 600 bytes a photo, which is searched at once; its pictures are files beside it,
read as they come into view.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wildwear.files import replacing
from wildwear.imaging.identity import shown
from wildwear.inference.segmenting import Record
from wildwear.reporting import counted, plain_name, render
from wildwear.taxonomy import Category, category

Records = Callable[[], Iterable[Record]]


def write_gallery(path: Path, records: Records, *, model: str, shown_from: str) -> None:
    """Write the page, photo by photo.

    Args:
        path: the HTML file; its pictures are the thumbnails, overlays and cut-outs beside it.
        records: called for the counts and again for the photos.
        model: the name of the model, for the head of the page.
        shown_from: the least score shown, in words, likewise.
    """
    photo_count = 0
    garments: Counter[int] = Counter()
    failures = []
    for record in records():
        if record.failure is not None:
            failures.append({"photo": shown(record.photo), "reason": shown(record.failure)})
            continue
        photo_count += 1
        garments.update(garment["category_id"] for garment in record.garments)
    page = render(
        "gallery.html",
        style="gallery.css",
        script="gallery.js",
        pictures="'self' file:",
        title=f"{counted(garments.total(), 'garment')} in {counted(photo_count, 'photo')}",
        summary=f"Found by {model}; least score shown: {shown_from}.",
        categories=[searchable(category(category_id)) for category_id, _ in garments.most_common()],
        photos=(card(record) for record in records() if record.failure is None),
        failures=failures,
    )
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(page)


def searchable(kind: Category) -> dict[str, Any]:
    """What the page knows of a category: its name, and the words by which it is found."""
    name = plain_name(kind.name)
    return {"id": kind.id, "name": name, "words": " ".join([name, *kind.synonyms]).lower()}


def card(record: Record) -> dict[str, Any]:
    """What the page knows of a photo that was read; paths are of the folder in which it lies."""
    height, width = record.size
    alone = record.cutouts[: len(record.garments)]
    garments = []
    for number, garment in enumerate(record.garments):
        more = {
            "alternatives": [
                (plain_name(category(one["category_id"]).name), round(one["probability"], 4))
                for one in garment["alternatives"]
            ],
            "colours": [(one["name"], one["hex"]) for one in garment["colours"]],
            "cutout": quote(alone[number]) if alone else "",
        }
        share = round(garment["area"] / (width * height), 4)
        garments.append((garment["category_id"], garment["score"], share, filled(more)))
    together = record.cutouts[len(record.garments) :]
    paths = {
        "thumbnail": quote(record.thumbnail),
        "overlay": quote(record.overlay),
        "cutout": quote(together[0]) if together else "",
    }
    return {"name": shown(record.photo), "size": record.size, "garments": garments} | filled(paths)


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty: the page has thousands of them."""
    return {name: value for name, value in values.items() if value}

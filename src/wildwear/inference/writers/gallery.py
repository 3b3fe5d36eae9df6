"""The photos of a run on one page that needs nothing else and can be mailed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wildwear.files import replacing
from wildwear.imaging.identity import shown
from wildwear.inference.segmenting import Record
from wildwear.reporting import render, two_digits, webp_uri
from wildwear.taxonomy import category

Records = Callable[[], Iterable[Record]]


def write_gallery(path: Path, records: Records, *, model: str, shown_from: str) -> None:
    """Write the page, photo by photo.

    Args:
        path: the HTML file; its pictures are the thumbnails beside it, and link to the overlays there.
        records: called for the counts and again for the photos.
        model: the name of the model, for the head of the page.
        shown_from: the least score shown, in words, likewise.
    """
    photo_count = garment_count = 0
    photos_with: Counter[int] = Counter()
    failures = []
    for record in records():
        if record.failure is not None:
            failures.append({"photo": shown(record.photo), "reason": shown(record.failure)})
            continue
        photo_count += 1
        garment_count += len(record.garments)
        photos_with.update({garment["category_id"] for garment in record.garments})
    page = render(
        "gallery.html",
        style="gallery.css",
        script="gallery.js",
        title=f"{garment_count:,} garments in {photo_count:,} photos",
        summary=f"Found by {model}, at a score of {shown_from} and more. A picture opens in full.",
        photo_count=photo_count,
        categories=[(category(category_id), count) for category_id, count in photos_with.most_common()],
        photos=cards(records(), path.parent),
        failures=failures,
    )
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(page)


def cards(records: Iterable[Record], folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what the page says of each photo of the run in this folder that was read."""
    for record in records:
        if record.failure is not None:
            continue
        garments = [(category(one["category_id"]), two_digits(one["score"])) for one in record.garments]
        names = ", ".join(kind.name.replace("_", " ") for kind, _ in garments)
        yield {
            "name": shown(record.photo),
            "alt": f"{shown(record.photo)}: {names or 'no garment'}",
            "thumbnail": webp_uri((folder / record.thumbnail).read_bytes()),
            "link": quote(record.overlay) if record.overlay else None,
            "garments": garments,
            "category_ids": sorted({kind.id for kind, _ in garments}),
        }

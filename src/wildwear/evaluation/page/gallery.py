"""Pictures of what was found beside what is there, for pages. Not for choosing what to show: see `cases`."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wildwear import imaging
from wildwear.datasets import Dataset
from wildwear.datasets.pictures import picture
from wildwear.datasets.stream import Record
from wildwear.evaluation.page.cases import Case
from wildwear.imaging import identity
from wildwear.imaging.arrays import Pixels
from wildwear.reporting import colours, data_uri, draw_as, hexadecimal, plain_name, two_digits

Window = tuple[int, int, int, int]  # top, bottom, left, right, in pixels of the photo

THUMBNAIL = 320  # pixels, the longer side
SURROUNDINGS = (
    0.35  # of the garment's longer side, shown around it: what it is depends on what it is worn with
)
NARROWEST = 0.6  # width over height of a window, and height over width
SMALLEST = 96  # pixels of a window's side, where the photo has them


@dataclass(frozen=True)
class Drawn:
    """One picture.

    Attributes:
        name: what it shows: "truth", "found".
        source: the picture as a data URI; outlines alone, since letters would not be read at this size.
        alt: the same in words.
        garments: what is outlined: a caption and its colour, #rrggbb, each; one caption stands once.
    """

    name: str
    source: str
    alt: str
    garments: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """A case with its pictures; `remark` says what is odd about the photo, such as that it is not there."""

    title: str
    text: str
    remark: str
    pictures: tuple[Drawn, ...]


def cards(
    dataset: Dataset,
    cases: Sequence[Case],
    displayed: Iterable[Record],
    images_dir: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Card]:
    """Draw each case: its place in the truth, and the same place as it was found.

    The instance and the detection concerned are drawn alone. Where there is none, all that the truth has, or
    all that is shown, is drawn at that place.

    Args:
        dataset: the truth.
        cases: of its photos, in the order in which they are wanted.
        displayed: the results that a user is shown.
        images_dir: where the photos lie, if not beside the dataset.
        progress: called with the number of cases done.
    """
    images = {image["id"]: image for image in dataset.images}
    there = of_photos(dataset.instances(), cases)
    shown = of_photos(displayed, cases)
    by_photo: dict[int, list[int]] = defaultdict(list)
    for index, case in enumerate(cases):
        by_photo[case.image_id].append(index)
    found: dict[int, Card] = {}
    for image_id, indices in by_photo.items():  # a photo at a time: reading it takes longest
        canvas, remark = photo_of(dataset, images[image_id], images_dir)
        for index in indices:
            pictures = of_case(
                cases[index], dataset, images[image_id], canvas, there[image_id], shown[image_id]
            )
            found[index] = Card(
                identity.shown(images[image_id]["file_name"]), cases[index].text, remark, pictures
            )
        progress(len(found))
    return [found[index] for index in range(len(cases))]


def of_case(
    case: Case,
    dataset: Dataset,
    image: Record,
    photo: Pixels,
    instances: Sequence[Record],
    displayed: Sequence[Record],
) -> tuple[Drawn, ...]:
    """A case in the truth, and as it was found.

    Args:
        photo: the photo, or a plain ground.
        instances: all of its instances.
        displayed: all that a user is shown of it.
    """
    own = [one for one in instances if one["id"] == case.annotation_id]
    of_model = [case.prediction] if case.prediction else []
    size = image["height"], image["width"]
    window = window_around([one["bbox"] for one in own + of_model], size)
    return (
        drawn("truth", dataset, photo, window, own or instances, size),
        drawn("found", dataset, photo, window, of_model or displayed, size),
    )


def side_by_side(
    dataset: Dataset,
    image: Record,
    sets: Sequence[tuple[str, Sequence[Record]]],
    images_dir: Path | None = None,
    long_side: int = THUMBNAIL,
) -> Card:
    """Draw the same photo several times: the truth, before, after.

    Args:
        dataset: the photo's.
        image: its record.
        sets: for each picture its name, and the annotations or COCO results to draw.
        images_dir: where the photos lie, if not beside the dataset.
        long_side: of each picture, in pixels.
    """
    canvas, remark = photo_of(dataset, image, images_dir)
    size = image["height"], image["width"]
    window = 0, size[0], 0, size[1]
    pictures = tuple(drawn(name, dataset, canvas, window, records, size, long_side) for name, records in sets)
    return Card(identity.shown(image["file_name"]), "", remark, pictures)


def of_photos(records: Iterable[Record], cases: Iterable[Case]) -> dict[int, list[Record]]:
    """Records of the photos that the cases are of, by the photo's id."""
    grouped: dict[int, list[Record]] = {case.image_id: [] for case in cases}
    for record in records:
        if record["image_id"] in grouped:
            grouped[record["image_id"]].append(record)
    return grouped


def photo_of(dataset: Dataset, image: Record, images_dir: Path | None) -> tuple[Pixels, str]:
    """A photo in the size that the dataset states, or a plain ground; and what is odd about it."""
    long_side = max(image["height"], image["width"])
    found = picture(dataset, image, [], images_dir, long_side=long_side)
    assert found is not None  # a photo of a checked dataset states its size
    return found.pixels, found.remark


def window_around(boxes: Sequence[Sequence[float]], size: tuple[int, int]) -> Window:
    """The part of a photo to show.

    Args:
        boxes: xywh in pixels; of none, the whole photo is shown.
        size: (height, width) of the photo.
    """
    height, width = size
    if not boxes:
        return 0, height, 0, width
    x, y, w, h = np.array(boxes, np.float64).T
    left, top, right, bottom = x.min(), y.min(), (x + w).max(), (y + h).max()
    around = SURROUNDINGS * max(right - left, bottom - top)
    wide, high = right - left + 2 * around, bottom - top + 2 * around
    wide, high = max(wide, NARROWEST * high, SMALLEST), max(high, NARROWEST * wide, SMALLEST)
    across, down = span((left + right) / 2, wide, width), span((top + bottom) / 2, high, height)
    return *down, *across


def span(middle: float, length: float, limit: int) -> tuple[int, int]:
    """A stretch of this length around a middle, moved into 0 … limit; all of it where it is too long."""
    length = min(length, limit)
    start = min(max(middle - length / 2, 0), limit - length)
    return int(start), min(limit, max(int(np.ceil(start + length)), int(start) + 1))


def drawn(
    name: str,
    dataset: Dataset,
    photo: Pixels,
    window: Window,
    records: Sequence[Record],
    size: tuple[int, int],
    long_side: int = THUMBNAIL,
) -> Drawn:
    """A part of a photo with annotations or COCO results on it; those that lie elsewhere are left out."""
    top, bottom, left, right = window
    # A ground without a photo is smaller than the photo would be.
    scale = photo.shape[0] / size[0], photo.shape[1] / size[1]
    rows = slice(int(top * scale[0]), max(int(bottom * scale[0]), int(top * scale[0]) + 1))
    columns = slice(int(left * scale[1]), max(int(right * scale[1]), int(left * scale[1]) + 1))
    names = {category["id"]: category["name"] for category in dataset.categories}
    painted = dict(zip(names, colours(list(names.values())), strict=True))
    masks, kept = [], []
    for record in records:
        mask = imaging.decode(imaging.as_rle(record["segmentation"], size))[top:bottom, left:right]
        if mask.any():
            masks.append(imaging.encode(mask))
            kept.append(record)
    captions = [caption(record, names) for record in kept]
    of_each = [painted[record["category_id"]] for record in kept]
    pixels = draw_as(
        np.ascontiguousarray(photo[rows, columns]),
        masks,
        captions,
        of_each,
        long_side=long_side,
        labels=False,
    )
    garments = dict(zip(captions, map(hexadecimal, of_each), strict=True))
    alt = f"{name}: {', '.join(captions) or 'nothing'}"
    return Drawn(name, data_uri(pixels), alt, tuple(garments.items()))


def caption(record: Record, names: dict[int, str]) -> str:
    """`flat shoes`, or `flat shoes 0.83` of what was found."""
    name = plain_name(names[record["category_id"]])
    return f"{name} {two_digits(record['score'])}" if "score" in record else name

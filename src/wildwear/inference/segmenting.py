"""What makes a result: photos in, their garments or why there are none out. Not for where they are kept.

The command, and whatever else segments many photos, goes through here: a result is a `Record` of each photo,
and all of them a `PhotoStream`, which every dataset format writes.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import tee
from typing import Any

from wildwear import imaging
from wildwear.datasets.stream import Photo, PhotoStream
from wildwear.gathering import Place, read
from wildwear.imaging.arrays import Pixels
from wildwear.inference.prediction import Prediction
from wildwear.inference.segmenter import Failure, Segmenter, one_by_one
from wildwear.reporting import dominant_colours
from wildwear.taxonomy import coco_categories


@dataclass(frozen=True)
class Found:
    """A photo of a run and its garments.

    Attributes:
        photo: its path below the root of the run, with forward slashes.
        pixels: (height, width, 3) uint8 RGB.
        prediction: its garments.
    """

    photo: str
    pixels: Pixels
    prediction: Prediction


@dataclass(frozen=True)
class Record:
    """What is kept of a photo of a run.

    Attributes:
        photo: its path below the root of the run, with forward slashes.
        size: (height, width) in pixels, upright.
        garments: COCO annotations without ids; with the runners-up, `alternatives`, and dominant `colours`.
        name: what its pictures are called, without suffix; may hold folders.
        overlay: the picture with its garments drawn, below the folder of the run; "" where none was made.
        cutouts: those of its garments alone, likewise, in their order; the last is of all of them.
        thumbnail: a small one, likewise.
        failure: why it was skipped; then there is nothing else.
    """

    photo: str
    size: tuple[int, int] = (0, 0)
    garments: list[dict[str, Any]] = field(default_factory=list)
    name: str = ""
    overlay: str = ""
    cutouts: list[str] = field(default_factory=list)
    thumbnail: str = ""
    failure: str | None = None

    @property
    def files(self) -> list[str]:
        """All pictures that were made of it."""
        return [file for file in (self.overlay, *self.cutouts, self.thumbnail) if file]


def segment_photos(
    segmenter: Segmenter,
    photos: Iterable[tuple[str, Place]],
    *,
    read: Callable[[Place], Pixels] = read,
    score: float | None = None,
    categories: Collection[str] = (),
    max_garments: int | None = None,
) -> Iterator[Found | Failure]:
    """Segment photos one after the other; one that cannot be, is a failure, and the run goes on.

    Args:
        photos: the name of each, and where it lies; asked for as they are read.
        read: what gets the pixels of a photo from its place.
        score: as in a call of the segmenter.
        categories: names of those that are wanted; none means all.
        max_garments: at most so many a photo, the surest.
    """
    named, ahead = tee(photos)
    outcomes = one_by_one(segmenter, (place for _, place in ahead), read=read, score=score)
    for (name, _), outcome in zip(named, outcomes, strict=True):
        if isinstance(outcome, Failure):
            yield replace(outcome, photo=name)
            continue
        pixels, prediction = outcome
        chosen = [place for place, one in enumerate(prediction) if not categories or one.name in categories]
        yield Found(name, pixels, replace(prediction.pick(chosen[:max_garments]), photo=pixels))


def record(result: Found | Failure) -> Record:
    """What is kept of a result, without pictures."""
    if isinstance(result, Failure):
        return Record(photo=str(result.photo), failure=result.reason)
    return Record(result.photo, result.prediction.size, annotations(result.prediction, result.pixels))


def annotations(prediction: Prediction, photo: Pixels) -> list[dict[str, Any]]:
    """Return the garments of a photo as COCO annotations that lack only their ids, with their colours.

    Args:
        photo: (height, width, 3) uint8 RGB.
    """
    found = []
    for garment in prediction.to_coco():
        del garment["image_id"]
        mask = garment["segmentation"]
        colours = [asdict(one) for one in dominant_colours(photo, mask)]
        found.append(garment | {"area": imaging.area(mask), "iscrowd": 0, "colours": colours})
    return found


def photo_stream(records: Iterable[Record], about: dict[str, Any]) -> PhotoStream:
    """The photos of a run as a dataset, numbered from 1; those that were skipped are its `failures`.

    Args:
        records: read once, as the photos go by.
        about: the `info` of the dataset.
    """
    failures: list[dict[str, str]] = []

    def photos() -> Iterator[Photo]:
        image_id = annotation_id = 0
        for one in records:
            if one.failure is not None:
                failures.append({"file_name": one.photo, "reason": one.failure})
                continue
            image_id += 1
            height, width = one.size
            garments = []
            for garment in one.garments:
                annotation_id += 1
                garments.append({"id": annotation_id, "image_id": image_id} | garment)
            yield {"id": image_id, "file_name": one.photo, "width": width, "height": height}, garments

    header = {"info": about, "categories": coco_categories(), "failures": failures}
    return PhotoStream(header, photos())

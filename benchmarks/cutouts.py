"""How well the edges of cut-outs fit, beside the model's masks as they are and as they were faded before.

The model's garments are matched with the hand-made ones (any name, the best mask IoU from 0.5 on). Of each,
the alpha of its cut-out is held against the hand-made mask in a band around that mask's edge.

Run: python benchmarks/cutouts.py default wild30.json --images wild30/photos
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from contest import claim
from wildwear import imaging, inference
from wildwear.datasets import Dataset
from wildwear.imaging import Rle
from wildwear.imaging.arrays import FloatArray, Floats, Pixels
from wildwear.reporting import matte

BAND = 10  # pixels on either side of the hand-made edge
MATCHED = 0.5  # mask IoU from which a garment found is that one
SOFTNESS = 0.8  # pixels: of the edge until wildwear 0.1
TWO_ERRORS = 1.96  # standard errors, of a 95 % interval

NOTES = """\
`error`: mean absolute difference of alpha, 0 to 1, from the hand-made mask within 10 pixels of its edge; \
mean over garments. `difference`: from the mask as it is, garment by garment, with its 95 % interval. \
`worse`: garments whose error rises by more than 0.02. `ms`: of processor, a garment.
"""

Way = Callable[[Pixels, Rle], FloatArray]


def as_it_is(_: Pixels, mask: Rle) -> FloatArray:
    """The mask, all or nothing."""
    return np.asarray(imaging.decode(mask), dtype=np.float32)


def faded_inwards(_: Pixels, mask: Rle) -> FloatArray:
    """The cut-outs until wildwear 0.1."""
    inside = np.ascontiguousarray(imaging.decode(mask)).view(np.uint8)
    faded = cv2.GaussianBlur(inside * np.uint8(255), (0, 0), SOFTNESS) * inside
    return np.asarray(faded / np.float32(255), dtype=np.float32)


def in_use(photo: Pixels, mask: Rle) -> FloatArray:
    """The cut-outs of today."""
    one = matte(photo, mask)
    alpha = np.zeros(photo.shape[:2], dtype=np.float32)
    alpha[one.window] = one.alpha
    return alpha


def without_softness(photo: Pixels, mask: Rle) -> FloatArray:
    """The same edge, all or nothing as the masks made by hand are: to them softness is an error."""
    return np.asarray(in_use(photo, mask) > 0.5, dtype=np.float32)


WAYS: dict[str, Way] = {
    "the mask as it is": as_it_is,
    "faded inwards (0.1)": faded_inwards,
    "in use: snapped, mixed": in_use,
    "the same, all or nothing": without_softness,
}


def main(
    model: Annotated[str, typer.Argument(help="`default`, a name or a file.")],
    datasets: Annotated[list[Path], typer.Argument(help="COCO files with hand-made masks.")],
    images: Annotated[list[Path] | None, typer.Option(help="Folders to look for photos in.")] = None,
) -> None:
    """Compare the edges on each dataset, as Markdown."""
    segmenter = inference.load(model)
    cv2.setNumThreads(1)
    for path in datasets:
        pairs = list(matched(segmenter, Dataset.load(path), images or []))
        print(f"{path}: {len(pairs)} garments, {segmenter.card.name}\n")
        print("| edge | error | difference | worse | ms |\n|---|---|---|---|---|")
        base: Floats | None = None
        for name, way in WAYS.items():
            begun = process_time()
            errors = np.array([error(way(photo, found), truth) for photo, found, truth in pairs])
            milliseconds = 1000 * (process_time() - begun) / len(pairs)
            base = errors if base is None else base
            change = errors - base
            interval = TWO_ERRORS * change.std() / np.sqrt(len(change))
            worse = int((change > 0.02).sum())
            if way is in_use:
                better = f"{change.mean():+.4f} ± {interval:.4f}"
                claim(
                    "error at the edges of cut-outs",
                    f"{errors.mean():.4f}",
                    peer=next(iter(WAYS)),
                    beside=better,
                )
            print(
                f"| {name} | {errors.mean():.4f} | {change.mean():+.4f} ± {interval:.4f} | {worse} "
                f"| {milliseconds:.0f} |"
            )
        print()
    print(NOTES)


def matched(
    segmenter: inference.Segmenter, dataset: Dataset, images: list[Path]
) -> Iterator[tuple[Pixels, Rle, NDArray[np.bool_]]]:
    """Yield each garment found that is one of the hand-made: the photo, its mask, and the true one."""
    judged = dataset.annotations_by_image()
    for image in dataset.images:
        folder = next((folder for folder in images if (folder / image["file_name"]).exists()), None)
        photo = imaging.read_photo(dataset.photo_path(image, folder))
        found = segmenter(photo)
        records = [one for one in judged.get(image["id"], []) if not one.get("iscrowd")]
        truth = [imaging.as_rle(one["segmentation"], found.size) for one in records]
        if not truth or not len(found):
            continue
        overlaps = imaging.iou(found.masks, truth)
        for mask, row in zip(found.masks, overlaps, strict=True):
            best = int(row.argmax())
            if row[best] >= MATCHED:
                overlaps[:, best] = 0  # each is found once, by the surest
                yield photo, mask, imaging.decode(truth[best])


def error(alpha: FloatArray, truth: NDArray[np.bool_]) -> float:
    """Mean absolute difference in the band around the true edge."""
    sides = [cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 5) for side in (truth, ~truth)]
    band = sides[0] + sides[1] <= BAND
    return float(np.abs(alpha - truth)[band].mean())


if __name__ == "__main__":
    typer.run(main)

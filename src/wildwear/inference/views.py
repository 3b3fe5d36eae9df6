"""A photo looked at again, for accuracy at a price: mirrored, and in close-ups. Off by default.

What the graph finds in a view are its `Outputs`, by name: a row a detection, the surest first.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wildwear import imaging
from wildwear.imaging.arrays import Array, FloatArray
from wildwear.inference.prediction import Prediction
from wildwear.inference.preparing import Prepared
from wildwear.inference.suppression import Overlaps, one_garment

Outputs = dict[str, Array]
CloseUp = tuple[int, int, int, int]
"""A part of a photo: x1, y1, x2, y2 in its pixels."""

SAME = 0.5  # box IoU, from which detections of one name in two views are one
SHARED = 0.25  # of a close-up's side that the next one shows as well: what one cuts, the other shows whole
LARGER = 1.25  # times what the model sees: from there on close-ups show more, and they are no larger
MOST = 3  # close-ups along a side: each costs as much as a photo
FILLING = 0.5  # of a close-up's longer side: it has nothing to add where a garment is larger than that
CUT = 2  # pixels; what comes as near to the edge of a close-up goes on beyond it


def mirrored(photo: Prepared) -> Prepared:
    """The photo as a mirror shows it."""
    return replace(photo, pixels=np.ascontiguousarray(photo.pixels[:, ::-1]))


def seen_twice(straight: Outputs, turned: Outputs, width: int) -> Outputs:
    """Put together what was found in a photo and in its mirror image.

    What both views find is the mean of both: score, box, mask. What one alone has found counts half, as if
    the other had given it a score of zero.

    Args:
        straight: in the photo.
        turned: in the mirror image.
        width: of both views, in the pixels that the boxes are in.
    """
    turned = turned | {
        "boxes": np.array([width, 0, width, 0], dtype=np.float32)
        + turned["boxes"][:, [2, 1, 0, 3]] * np.array([-1, 1, -1, 1], dtype=np.float32),
        "masks": turned["masks"][:, :, ::-1],
    }
    overlaps = box_iou(straight["boxes"], turned["boxes"])
    overlaps[straight["category_ids"][:, None] != turned["category_ids"]] = 0
    firsts, seconds = [], []
    for first in range(len(overlaps)):
        second = int(overlaps[first].argmax()) if overlaps.shape[1] else 0
        if overlaps.shape[1] and overlaps[first, second] >= SAME:
            firsts.append(first)
            seconds.append(second)
            overlaps[:, second] = 0
    alone = [
        {name: np.delete(values, taken, axis=0) for name, values in view.items()}
        for view, taken in ((straight, firsts), (turned, seconds))
    ]
    together = {
        name: np.concatenate(
            [(values[firsts] + turned[name][seconds]) / 2, *(view[name] for view in alone)], dtype=np.float32
        )
        for name, values in straight.items()
        if values.dtype == np.float32
    }
    together["category_ids"] = np.concatenate(
        [straight["category_ids"][firsts], *(view["category_ids"] for view in alone)]
    )
    together["scores"][len(firsts) :] /= 2
    order = np.argsort(-together["scores"], kind="stable")
    return {name: values[order] for name, values in together.items()}


def box_iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """IoU of boxes (n, 4) with boxes (m, 4), xyxy: (n, m)."""
    corners = [np.maximum(first[:, None, :2], second[:, :2]), np.minimum(first[:, None, 2:], second[:, 2:])]
    shared = np.clip(corners[1] - corners[0], 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    overlaps: FloatArray = shared / np.maximum(areas[0][:, None] + areas[1] - shared, 1e-6)
    return overlaps


def close_ups(photo: Prediction, long_side: int) -> list[CloseUp]:
    """The windows in which to look for small garments: they overlap, and show a photo piece by piece.

    There is none on a large garment: of a person who fills the photo, a close-up shows scraps, and finds
    garments in them that are none.

    Args:
        photo: what is shown of the photo as a whole.
        long_side: of what the model sees, in pixels; a photo hardly larger than that has no close-ups.
    """
    size = photo.size
    if max(size) < LARGER * long_side:
        return []
    enough = max(size) / (LARGER * long_side)
    count = next((number for number in range(2, MOST) if pieces(number) >= enough), MOST)
    height, width = (side / pieces(count) for side in size)
    steps = [number * (1 - SHARED) for number in range(count)]
    corners = [(column * width, row * height) for row in steps for column in steps]
    windows = [(round(x), round(y), round(x + width), round(y + height)) for x, y in corners]
    boxes = photo.boxes
    filling = boxes[(boxes[:, 2:] - boxes[:, :2]).max(axis=1) > FILLING * max(height, width)]
    return [
        (x1, y1, x2, y2)
        for x1, y1, x2, y2 in windows
        if x1 < x2
        and y1 < y2
        and not ((filling[:, :2] < (x2, y2)) & (filling[:, 2:] > (x1, y1))).all(1).any()
    ]


def pieces(count: int) -> float:
    """How many sides of a close-up the photo's side is long, with so many along it."""
    return count - (count - 1) * SHARED


def placed(found: Prediction, window: CloseUp, size: tuple[int, int]) -> Prediction:
    """What was found in a close-up, in the photo of this size; without what the window cuts."""
    left, top, right, bottom = window
    height, width = size
    x1, y1, x2, y2 = found.boxes.T
    is_cut = ((x1 < CUT) & (left > 0)) | ((y1 < CUT) & (top > 0))
    is_cut |= ((x2 > right - left - CUT) & (right < width)) | ((y2 > bottom - top - CUT) & (bottom < height))
    whole = found.pick(np.flatnonzero(~is_cut))
    return replace(
        whole,
        size=size,
        masks=[imaging.encode_crop(imaging.decode(mask), top, left, size) for mask in whole.masks],
        network_boxes=whole.network_boxes + np.array([left, top] * 2, dtype=np.float32),
    )


def seen_closer(photo: Prediction, near: Sequence[Prediction]) -> Prediction:
    """Put together what was found in a photo and in its close-ups: of one name and garment the surest stays.

    Args:
        photo: the garments of the photo as a whole.
        near: those of each close-up, as `placed` returns them.
    """
    if not near:
        return photo
    views = [photo, *near]
    together = Prediction.merge(views)
    scores = np.concatenate([one.scores for one in views])
    view = np.repeat(np.arange(len(views)), [len(one) for one in views])[np.argsort(-scores, kind="stable")]
    overlaps, names = Overlaps.of(together), together.category_ids
    kept: list[int] = []
    for index in range(len(together)):
        rivals = [surer for surer in kept if view[surer] != view[index] and names[surer] == names[index]]
        if not any(one_garment(overlaps, surer, index, SAME) for surer in rivals):
            kept.append(index)
    return together.pick(kept)

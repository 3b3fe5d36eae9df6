"""A photo looked at again, for accuracy at a price: mirrored, and in close-ups. Off by default.

What the graph finds in a view is a `Found`: its outputs by name, a row a detection, the surest first.
"""

from dataclasses import replace

import numpy as np

from wildwear.imaging.arrays import Array, FloatArray
from wildwear.inference.preparing import Prepared

Found = dict[str, Array]

SAME = 0.5  # box IoU, from which detections of one name in two views are one


def mirrored(photo: Prepared) -> Prepared:
    """The photo as a mirror shows it."""
    return replace(photo, pixels=np.ascontiguousarray(photo.pixels[:, ::-1]))


def seen_twice(straight: Found, turned: Found, width: int) -> Found:
    """Put together what was found in a photo and in its mirror image.

    What both views find is the mean of both: score, box, mask. What one alone has found counts half, as if
    the other had given it a score of zero.

    Args:
        straight: In the photo.
        turned: In the mirror image.
        width: Of both views, in the pixels that the boxes are in.
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

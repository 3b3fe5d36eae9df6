"""What is seen of each instance of a photo: the later lie on top of the earlier, no pixel is seen twice."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from wildwear import imaging
from wildwear.annotation.outlines import segmentation
from wildwear.annotation.work import Instance, Work
from wildwear.datasets.stream import Record


class Seen(NamedTuple):
    """What is seen of an instance.

    Attributes:
        instance: as it was drawn.
        segmentation: as COCO has it: what was drawn where nothing lies on it, else an RLE.
        mask: its pixels, at least one.
    """

    instance: Instance
    segmentation: list[list[float]] | imaging.Rle
    mask: imaging.Rle


def seen(work: Work, originals: Mapping[int, Record], size: tuple[int, int]) -> list[Seen]:
    """What is seen of each instance, from the lowest up; those of which nothing is are left out.

    Args:
        work: what stands on the photo.
        originals: the annotations that instances were imported from, by id; `segmentation` where an RLE.
        size: (height, width) of the photo in pixels.
    """
    above = np.zeros(size, np.bool_)
    found: list[Seen] = []
    for instance in reversed(work.instances):
        imported = instance.original.annotation if instance.original else None
        original = originals.get(imported, {}) if imported is not None else {}
        drawn = segmentation(instance.parts, original.get("segmentation"), size)
        mask = imaging.as_rle(drawn, size)
        pixels = imaging.decode(mask)
        if (pixels & above).any():
            mask = drawn = imaging.encode(pixels & ~above)
        if imaging.area(mask):
            found.append(Seen(instance, drawn, mask))
        above |= pixels
    return found[::-1]

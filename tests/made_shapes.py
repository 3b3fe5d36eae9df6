"""Shapes as masks, how far they agree, and photos of them."""

import cv2
import numpy as np

from wildwear.annotation.snapping import Mask
from wildwear.imaging.arrays import Pixels


def shape(size: tuple[int, int], *corners: tuple[int, int]) -> Mask:
    """What a polygon covers, (height, width) bool."""
    drawn = np.zeros(size, np.uint8)
    cv2.fillPoly(drawn, [np.array(corners, np.int32)], 1)
    return drawn.astype(np.bool_)


def overlap(one: Mask, other: Mask) -> float:
    """IoU."""
    return float((one & other).sum() / (one | other).sum())


def photo_of(garment: Mask) -> Pixels:
    """A garment of another colour than what is around it, both with the noise of cloth."""
    noise = np.random.default_rng(0).normal(0, 6, (*garment.shape, 3))
    colours = np.where(garment[..., None], (70, 90, 160), (190, 170, 150)) + noise
    return np.clip(colours, 0, 255).astype(np.uint8)

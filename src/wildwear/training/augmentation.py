"""From a photo with its masks to what the network sees: in training varied, for validation only scaled.

Street photos show one whole person in good light; these variations move them towards what people really take:
half bodies, small people, colour casts, blur, compression.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional as F

from wildwear.inference.preparing import prepare
from wildwear.training.config import AugmentationConfig

Sample = dict[str, Any]
Extent = tuple[int, int, int, int]  # xyxy px

# Pixel centres to pixel centres, as photos are resized; torchvision's own way with masks is half a pixel off.
NEAREST = {"interpolation": InterpolationMode.NEAREST_EXACT, "antialias": False}
SMALLEST_VISIBLE = 40  # px at the network's input; a smaller rest of a garment cannot be named
SMALLEST_SHARE = 0.15  # of a garment left in a crop; with less it becomes a region that is not judged
SEAM = 1.0  # px, standard deviation of the blur between a pasted garment and what it lies on


class Frame(NamedTuple):
    """What a view shows of a photo."""

    window: tuple[int, int, int, int]  # top, left, height, width, px of the photo
    scale: float  # px of the view for one of the photo
    size: tuple[int, int]  # height, width of the view


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw what is random in here from a seed, and go on outside as if nothing had been drawn: a photo's
    variation depends neither on the process that reads it nor on what was read before."""
    state = random.getstate()
    with torch.random.fork_rng(devices=[]):
        random.seed(seed)
        torch.default_generator.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(state)


def vary(sample: Sample, config: AugmentationConfig) -> Sample:
    """One training view of a sample: crop, scale, flip, colour, degradation. Randomness comes from `random`
    and `torch`.

    A sample holds `image` (3, h, w) uint8 RGB, `masks` (n, h, w) uint8, `labels` (n,) int64 and `judged_not`
    (h, w) uint8. A mask may be empty: of a polygon that is smaller than a pixel, nothing is left.
    """
    height, width = sample["image"].shape[-2:]
    frame = choose_frame(extent_of(sample["masks"]), (height, width), config)
    mirrored = random.random() < config.flip

    def place(pixels: Tensor, **how: Any) -> Tensor:
        placed: Tensor = F.resized_crop(pixels, *frame.window, list(frame.size), **how)
        return F.horizontal_flip(placed) if mirrored else placed

    before = areas(sample["masks"]) * frame.scale**2
    view = {
        "image": recolour(place(sample["image"], antialias=True), config),
        "masks": place(sample["masks"], **NEAREST),
        "labels": sample["labels"],
        "judged_not": place(sample["judged_not"][None], **NEAREST)[0],
    }
    return without_rests(view, before)


def without_rests(view: Sample, before: Tensor) -> Sample:
    """A view without the garments of which too little is left to name them; what is left is not judged.

    Args:
        view: as in `vary`.
        before: (n,) px of each garment, had nothing been cut off or covered.
    """
    area = areas(view["masks"])
    visible = (area >= SMALLEST_VISIBLE) & (area >= SMALLEST_SHARE * before)
    judged_not = view["judged_not"]
    for mask in view["masks"][~visible]:
        judged_not = judged_not | mask
    kept = {"masks": view["masks"][visible], "labels": view["labels"][visible], "judged_not": judged_not}
    return view | kept


def paste(view: Sample, other: Sample) -> Sample:
    """Lay garments of another view over this one: all of them or about half, as they lie to each other there,
    anywhere. Randomness comes from `random` and `torch`.

    A garment then stands without what usually surrounds it, and its own look has to name it. Both are as in
    `vary`; the size stays that of `view`.

    Source: Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation",
    CVPR 2021; seams are blurred as there.
    """
    taken = torch.rand(len(other["masks"])) < random.choice((0.5, 1.0))
    chosen = other["masks"][taken]
    extent = extent_of(chosen)
    if extent is None:
        return view
    left, top, right, bottom = extent
    height, width = view["image"].shape[-2:]
    across = random.randint(*sorted((-left, width - right)))  # inside, or what is larger, over all of it
    down = random.randint(*sorted((-top, height - bottom)))
    other_height, other_width = other["image"].shape[-2:]
    beside = [across, down, width - other_width - across, height - other_height - down]  # < 0: cut off

    pasted = F.pad(chosen, beside)
    cover = pasted.amax(dim=0)
    share = torch.from_numpy(cv2.GaussianBlur(cover.float().numpy(), (5, 5), SEAM))
    image = torch.lerp(view["image"].float(), F.pad(other["image"], beside).float(), share)
    laid = {
        "image": image.round().to(torch.uint8),
        "masks": torch.cat([view["masks"] * (1 - cover), pasted]),
        "labels": torch.cat([view["labels"], other["labels"][taken]]),
        "judged_not": view["judged_not"] * (1 - cover),
    }
    return without_rests(laid, torch.cat([areas(view["masks"]), areas(chosen)]))


def choose_frame(extent: Extent | None, size: tuple[int, int], config: AugmentationConfig) -> Frame:
    """What a view shows and how large, drawn from `random` by as many numbers whatever the extent is.

    Args:
        extent: of the garments, as `extent_of` gives it.
        size: (height, width) px of the photo.
        config: how it is varied.
    """
    window = choose_crop(extent, size, config)
    crop = window[2:]
    # At the whole photo's scale a cut is a small picture; as a close-up it fills the view as a portrait does.
    sized = crop if random.random() < config.close_up else size
    if config.short_side:
        wanted = random.choice(config.short_side) / min(sized)
    else:
        wanted = random.uniform(*config.long_side) / max(sized)
    scale = min(wanted, config.max_side / max(crop))
    return Frame(window, scale, (max(32, round(crop[0] * scale)), max(32, round(crop[1] * scale))))


def extent_of(masks: Tensor) -> Extent | None:
    """The box around all masks, (n, h, w) uint8; None where they have no pixel."""
    boxes = [(x, y, x + w, y + h) for x, y, w, h in map(cv2.boundingRect, masks.numpy()) if w]
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def choose_crop(
    extent: Extent | None, size: tuple[int, int], config: AugmentationConfig
) -> tuple[int, int, int, int]:
    """A window (top, left, height, width) px: the whole photo, the garments and a margin, or part of them."""
    height, width = size
    chance = random.random()
    if extent is None or chance >= config.crop_person + config.crop_half:
        return 0, 0, height, width
    left, top, right, bottom = extent
    if chance < config.crop_half:
        part = round((bottom - top) * random.uniform(config.smallest_part, 0.75))
        if random.random() < 0.5:  # else from the top: busts, as portraits and selfies are cut
            top += round(random.random() * (bottom - top - part))
        bottom = top + part
    # The margin reaches from a tight cut to a third of the garments' extent; people need not stand in the
    # middle.
    margin_y, margin_x = 0.33 * (bottom - top), 0.4 * (right - left)
    top = max(0, round(top - random.uniform(0, margin_y)))
    bottom = min(height, round(bottom + random.uniform(0, margin_y)))
    left = max(0, round(left - random.uniform(0, margin_x)))
    right = min(width, round(right + random.uniform(0, margin_x)))
    return top, left, bottom - top, right - left


JITTER = v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4)
HUE = 0.03  # of the circle, to either side


def recolour(image: Tensor, config: AugmentationConfig) -> Tensor:
    """Light, colour and the losses of cheap cameras and uploads. (3, h, w) uint8 to the same."""
    if random.random() < config.colour:
        image = turn_hue(JITTER(image), random.uniform(-HUE, HUE))
        if random.random() < 0.08:
            image = F.rgb_to_grayscale(image, num_output_channels=3)
    if random.random() < config.degrade:
        choice = random.randrange(3)
        if choice == 0:
            image = blur(image, sigma=random.uniform(0.5, 2.0))
        elif choice == 1:
            image = compress(image, quality=random.randint(25, 80))
        else:
            height, width = image.shape[-2:]
            share = random.uniform(0.35, 0.7)
            small = F.resize(
                image, [max(16, round(height * share)), max(16, round(width * share))], antialias=True
            )
            image = F.resize(small, [height, width], antialias=True)
    return image


def turn_hue(image: Tensor, share: float) -> Tensor:
    """Turn every hue by a share of the circle, (3, h, w) uint8 RGB to the same.

    Hues are 8 bits here: torchvision's jitter in floating point took a third of the time of reading a photo.
    """
    hsv = cv2.cvtColor(image.permute(1, 2, 0).contiguous().numpy(), cv2.COLOR_RGB2HSV_FULL)
    hsv[..., 0] += np.uint8(round(256 * share) % 256)  # wraps
    return torch.from_numpy(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL)).permute(2, 0, 1)


def blur(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur, `sigma` in px, (3, h, w) uint8 to the same; torchvision's takes thirty times as long."""
    pixels = image.permute(1, 2, 0).contiguous().numpy()
    return torch.from_numpy(cv2.GaussianBlur(pixels, (7, 7), sigma)).permute(2, 0, 1)


def compress(image: Tensor, quality: int) -> Tensor:
    """Through JPEG and back, (3, h, w) uint8; torchvision's own codec is on its way out."""
    blue_first = image.flip(0).permute(1, 2, 0).contiguous().numpy()
    _, encoded = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return torch.from_numpy(cv2.imdecode(encoded, cv2.IMREAD_COLOR)).permute(2, 0, 1).flip(0)


def scale_to(sample: Sample, long_side: int, short_side: int | None = None) -> Sample:
    """A sample as the model file would be given the photo, otherwise as it is: the best checkpoint is chosen
    on the pixels that users get.

    Args:
        sample: as in `vary`.
        long_side: px, as in `inference.preparing`.
        short_side: likewise.
    """
    pixels = prepare(sample["image"].permute(1, 2, 0).numpy(), long_side, short_side).pixels
    size = list(pixels.shape[:2])
    masks = F.resize(sample["masks"], size, **NEAREST)
    kept = areas(masks) > 0
    return {
        "image": torch.from_numpy(pixels).permute(2, 0, 1),
        "masks": masks[kept],
        "labels": sample["labels"][kept],
        "judged_not": F.resize(sample["judged_not"][None], size, **NEAREST)[0],
    }


def areas(masks: Tensor) -> Tensor:
    """Pixels of each mask, (n, h, w) uint8 to (n,) int64; torch's sum takes fifty times as long."""
    return torch.tensor([cv2.countNonZero(mask) for mask in masks.numpy()], dtype=torch.int64)


def to_target(sample: Sample) -> dict[str, Tensor]:
    """What the network learns from: boxes (n, 4) float32 xyxy px around the visible pixels, masks, and the
    semantic map."""
    masks, labels = sample["masks"], sample["labels"]
    boxes = torch.tensor([cv2.boundingRect(mask) for mask in masks.numpy()]).reshape(-1, 4)  # xywh
    boxes[:, 2:] += boxes[:, :2]
    semantic = torch.where(sample["judged_not"].bool(), 255, 0).to(torch.uint8)
    # Larger garments first, so that a bag in front of a coat keeps its pixels.
    for index in areas(masks).argsort(descending=True):
        semantic[masks[index].bool()] = labels[index].to(torch.uint8)
    return {
        "boxes": boxes.float(),
        "labels": labels,
        "masks": masks,
        "regions": region_boxes(sample["judged_not"]),
        "semantic": semantic,
    }


def region_boxes(judged_not: Tensor) -> Tensor:
    """Boxes (k, 4) float32 xyxy px around the connected parts of the pixels that are not judged."""
    if not cv2.countNonZero(judged_not.numpy()):
        return torch.zeros(0, 4)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(judged_not.contiguous().numpy(), connectivity=8)
    left, top, width, height = torch.from_numpy(statistics[1:, :4]).float().T
    return torch.stack([left, top, left + width, top + height], dim=1)

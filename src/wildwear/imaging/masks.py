"""Masks as COCO run-length encodings (RLE): to and from arrays, areas, boxes, overlaps.

An RLE lists how many pixels are off, on, off, ... down one column after the other. Each function here checks
the encodings that it is given and raises MaskError for a malformed one; the arithmetic is hotcoco's, which
agrees with pycocotools bit by bit.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import cv2
import numpy as np
from hotcoco import mask as hotcoco_mask
from numpy.typing import NDArray

from wildwear.errors import MaskError

MAX_MASK_PIXELS = 2**32 - 1  # COCO's tools count the pixels of a run in 32 bits
LONGEST_COUNT = 7  # characters: 5 bits each, so one more than the largest run needs


class Rle(TypedDict):
    """A mask in COCO's compressed run-length encoding."""

    size: list[int]  # [height, width] in pixels
    counts: str


def encode(mask: NDArray[Any]) -> Rle:
    """Encode a (height, width) array of any type, non-zero where the object is."""
    columns = _columns(mask)
    height, width = mask.shape
    encoded = hotcoco_mask.encode(columns.T)  # hotcoco is 15 times faster on column-major arrays
    return Rle(size=[height, width], counts=encoded["counts"].decode("ascii"))


def encode_crop(crop: NDArray[Any], top: int, left: int, size: Sequence[int]) -> Rle:
    """Encode a mask that is known only inside a box: off everywhere else.

    Equal to pasting the crop into an array of the whole photo and encoding that, without making the array.

    Args:
        crop: (h, w) array, non-zero where the object is.
        top: row of the photo where the crop's first row lies; what reaches outside the photo is cut off.
        left: column of the photo where the crop's first column lies.
        size: (height, width) of the photo.
    """
    height, width = check_size(size)
    inside = crop[max(-top, 0) : max(height - top, 0), max(-left, 0) : max(width - left, 0)]
    top, left = max(top, 0), max(left, 0)
    if inside.size == 0:
        return from_runs([height * width], size)
    # A row of zeros under the crop ends every run with its column, so that each maps to one run of the photo.
    rows = inside.shape[0] + 1
    columns = np.zeros((inside.shape[1], rows), np.uint8)
    columns[:, :-1] = _columns(inside)
    encoded = hotcoco_mask.encode(columns.T)
    edges = np.cumsum(_parse(encoded["counts"].decode("ascii")))[:-1]  # starts and ends of runs, in turn
    edges = (left + edges // rows) * height + top + edges % rows
    # Runs that touch (the foot of one column, the head of the next) are one run.
    touching = np.flatnonzero(edges[1:-1:2] == edges[2::2])
    edges = np.delete(edges, np.concatenate([2 * touching + 1, 2 * touching + 2]))
    runs = np.diff(edges, prepend=0, append=height * width)
    return from_runs(runs[:-1] if runs[-1] == 0 else runs, size)


def decode(rle: Rle) -> NDArray[np.bool_]:
    """Decode to a (height, width) bool array, column-major in memory."""
    return hotcoco_mask.decode(_checked(rle)).view(np.bool_)


def area(rle: Rle) -> int:
    """Number of pixels."""
    return int(hotcoco_mask.area(_checked(rle)))


def bbox(rle: Rle) -> list[float]:
    """Box around the pixels, [x, y, width, height]; zeros for an empty mask."""
    x, y, width, height = hotcoco_mask.to_bbox(_checked(rle)).tolist()
    return [x, y, width, height]


def runs(rle: Mapping[str, Any]) -> NDArray[np.int64]:
    """Lengths of the runs of pixels that are off, on, off, ... down one column after the other, (n,) int64.

    Args:
        rle: an encoding from anywhere, compressed or not.
    """
    return _read(rle)[1]


def union(rles: Sequence[Rle]) -> Rle:
    """Every pixel of any of the masks, of which there is at least one; all have one size."""
    if not rles:
        raise MaskError("the union of no masks has no size; give at least one.")
    merged = hotcoco_mask.merge(_checked_alike(rles))
    return Rle(size=list(rles[0]["size"]), counts=merged["counts"].decode("ascii"))


def iou(a: Sequence[Rle], b: Sequence[Rle]) -> NDArray[np.float64]:
    """Intersection over union of each of n masks with each of m, (n, m) float64; 0 for two empty masks."""
    checked = _checked_alike([*a, *b])
    overlaps = hotcoco_mask.iou(checked[: len(a)], checked[len(a) :], [False] * len(b))
    return overlaps.reshape(len(a), len(b))


def check_size(size: Sequence[int]) -> tuple[int, int]:
    """(height, width) as plain integers; MaskError where that is no size of a photo."""
    try:
        height, width = (int(side) for side in size)
        sound = list(size) == [height, width] and min(height, width) > 0
    except (TypeError, ValueError, OverflowError):
        sound = False
    if not sound:
        raise MaskError(f"the size of a mask is [height, width], two whole numbers over 0, not {size!r}.")
    if height * width > MAX_MASK_PIXELS:
        raise MaskError(f"a mask of {height} x {width} pixels is larger than COCO's encoding can hold.")
    return height, width


def from_runs(runs: Any, size: Sequence[int]) -> Rle:
    """Compress the lengths of runs (off, on, off, ...), which sum to height x width."""
    height, width = check_size(size)
    try:
        lengths = np.asarray(runs)
        sound = lengths.ndim == 1 and lengths.dtype.kind in "iu" and lengths.size > 0
    except ValueError:  # ragged
        sound = False
    if not sound:
        raise MaskError("the counts of an RLE are a list of whole numbers, or their compressed string.")
    _check_runs(lengths, height, width)
    counts = hotcoco_mask.rle_to_string({"size": [height, width], "counts": lengths.tolist()})
    return Rle(size=[height, width], counts=counts)


def from_mapping(encoded: Mapping[str, Any]) -> Rle:
    """Check an RLE from outside, compressed (str, or bytes as pycocotools makes them) or not (a list)."""
    return _read(encoded)[0]


def _read(encoded: Mapping[str, Any]) -> tuple[Rle, NDArray[np.int64]]:
    """An RLE from outside, checked, and its runs: to read them takes longer than all else that is done."""
    if missing := {"size", "counts"} - encoded.keys():
        raise MaskError(f"an RLE has `size` and `counts`; this one has no `{min(missing)}`.")
    height, width = check_size(encoded["size"])
    counts = encoded["counts"]
    if isinstance(counts, bytes):
        counts = counts.decode("latin-1")  # a byte that is no count is refused with its place below
    if not isinstance(counts, str):
        return from_runs(counts, (height, width)), np.asarray(counts, np.int64)
    lengths = _parse(counts)
    _check_runs(lengths, height, width)
    return Rle(size=[height, width], counts=counts), lengths


def _columns(mask: NDArray[Any]) -> NDArray[np.uint8]:
    """(height, width) of any type to (width, height) uint8 of zeros and ones, contiguous."""
    if mask.ndim != 2 or mask.size == 0:
        raise MaskError(f"a mask has shape (height, width), both over 0; this array has shape {mask.shape}.")
    bits = np.asarray(mask, dtype=np.bool_).view(np.uint8)
    if bits.flags.f_contiguous:
        return bits.T
    turned = cv2.transpose(np.ascontiguousarray(bits))  # several times faster than numpy's copy
    return turned.astype(np.uint8, copy=False)


def _checked(rle: Rle) -> dict[str, Any]:
    """The RLE for hotcoco, which takes counts that sum to too little without a word."""
    return dict(from_mapping(rle))


def _checked_alike(rles: Sequence[Rle]) -> list[dict[str, Any]]:
    checked = [_checked(rle) for rle in rles]
    sizes = sorted({tuple(rle["size"]) for rle in checked})
    if len(sizes) > 1:
        raise MaskError(f"masks of different sizes {sizes} (height, width) cannot be compared or merged.")
    return checked


def _check_runs(runs: NDArray[np.int64], height: int, width: int) -> None:
    if runs.min() < 0:
        raise MaskError(f"the RLE has a negative count, {runs.min()}, at place {runs.argmin()}.")
    if (total := int(runs.sum())) != height * width:
        raise MaskError(
            f"the counts of the RLE sum to {total}, but its size [{height}, {width}] "
            f"has {height * width} pixels."
        )


def _parse(counts: str) -> NDArray[np.int64]:
    """The lengths of the runs in COCO's compressed counts, (n,) int64; they may still be negative.

    Source: rleFrString in cocoapi's common/maskApi.c. A character holds 5 bits, lowest first, and whether
    another follows; the highest bit of the last is the sign; from the fourth count on, a count is stored as
    its difference from the one two places before.
    """
    symbols = np.frombuffer(counts.encode("utf-32-le"), np.uint32).astype(np.int64) - 48
    if symbols.size == 0:
        raise MaskError("the counts of the RLE are empty.")
    if symbols.min() < 0 or symbols.max() > 63:
        place = int(np.flatnonzero((symbols < 0) | (symbols > 63))[0])
        raise MaskError(
            f"the counts of the RLE hold {counts[place]!r} at place {place}, which is no RLE character."
        )
    ends = np.flatnonzero(symbols < 32)
    starts = np.concatenate([[0], ends + 1])
    if starts[-1] != symbols.size:
        raise MaskError("the counts of the RLE break off in the middle of a number.")
    lengths = np.diff(starts)
    if lengths.max() > LONGEST_COUNT:
        raise MaskError("the counts of the RLE hold a number too large for a photo.")
    places = np.arange(symbols.size) - np.repeat(starts[:-1], lengths)
    runs = np.add.reduceat((symbols & 31) << (5 * places), starts[:-1])
    runs -= ((symbols[ends] & 16) > 0) * (1 << (5 * lengths))
    for first in (1, 2):
        runs[first::2] = np.cumsum(runs[first::2])
    return runs

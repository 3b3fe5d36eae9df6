"""The masks that are painted in Label Studio: a picture's opacity, its runs packed into bits.

A picture of numbers of 8 bits, four a pixel along the rows, comes as: how many numbers (32 bits), how long
one is, less one (5), four lengths of counts, less one (4 each); then blocks. A block begins with a bit that
says whether one number is repeated, two bits that say which of the four lengths its count has, and the count
less one; then comes the number, or as many as are counted.

Source: the layout is that of `rle-pack` (https://github.com/thi-ng/umbrella), which Label Studio uses.
"""

from typing import Any

import numpy as np

from wildwear import imaging
from wildwear.datasets.formats.shapes import FieldError

CHANNELS = 4  # numbers a pixel; the last is its opacity
WORD = 8  # bits of a number
OPAQUE = 255
SEEN = 128  # opacity from which a pixel is meant
COUNT_BITS, WORD_BITS, LENGTH_BITS, CHOICE_BITS = 32, 5, 4, 2
LENGTHS = (3, 4, 8, 16)  # bits of a count, as Label Studio writes them


class Bits:
    """Whole numbers out of a row of bits."""

    def __init__(self, packed: Any) -> None:
        """Take a list of bytes. Raises `FieldError` where it is none."""
        if not isinstance(packed, list):
            raise FieldError("value.rle", f"expected a list of whole numbers, found {packed!r:.60}")
        try:
            self._bits = "".join(f"{byte:08b}" for byte in bytes(packed))
        except (TypeError, ValueError) as error:
            raise FieldError("value.rle", "expected whole numbers from 0 to 255") from error
        self._place = 0

    def take(self, length: int) -> int:
        """The next number of so many bits. Raises `FieldError` where there are fewer."""
        taken = self._bits[self._place : self._place + length]
        if len(taken) < length:
            raise FieldError("value.rle", "ends early")
        self._place += length
        return int(taken, 2)


def unpacked(packed: Any, size: tuple[int, int]) -> imaging.Rle:
    """The mask of a painted region.

    Args:
        packed: what the JSON holds.
        size: (height, width) of the photo in pixels.

    Raises:
        FieldError: it is malformed, or of another size.
    """
    bits = Bits(packed)
    total = bits.take(COUNT_BITS)
    if total != size[0] * size[1] * CHANNELS:
        raise FieldError(
            "value.rle", f"has {total:,} numbers; a photo of {size[1]} x {size[0]} has 4 a pixel"
        )
    word = bits.take(WORD_BITS) + 1
    lengths = [bits.take(LENGTH_BITS) + 1 for _ in LENGTHS]
    numbers: list[int] = []
    counts: list[int] = []
    left = total
    while left > 0:
        is_repeated = bits.take(1)
        count = bits.take(lengths[bits.take(CHOICE_BITS)]) + 1
        left -= count
        numbers += [bits.take(word) for _ in range(1 if is_repeated else count)]
        counts += [count] if is_repeated else [1] * count
    if left < 0:
        raise FieldError("value.rle", "has more numbers than it says")
    opacity = np.repeat(np.array(numbers, np.uint32), counts).reshape(*size, CHANNELS)[:, :, -1]
    return imaging.encode(opacity >= SEEN)


def packed(mask: imaging.Rle) -> list[int]:
    """A mask as Label Studio takes one, exactly."""
    pixels = imaging.decode(mask).ravel()  # along the rows
    edges = np.flatnonzero(np.diff(pixels)) + 1
    runs = np.diff(edges, prepend=0, append=pixels.size) * CHANNELS
    header = (pixels.size * CHANNELS, COUNT_BITS), (WORD - 1, WORD_BITS)
    pieces = [f"{value:0{length}b}" for value, length in header]
    pieces += [f"{length - 1:0{LENGTH_BITS}b}" for length in LENGTHS]
    value = int(pixels[0])
    for run in runs.tolist():
        while run:
            count = min(run, 1 << LENGTHS[-1])
            choice = next(place for place, length in enumerate(LENGTHS) if count <= 1 << length)
            pieces.append(
                f"1{choice:0{CHOICE_BITS}b}{count - 1:0{LENGTHS[choice]}b}{value * OPAQUE:0{WORD}b}"
            )
            run -= count
        value = 1 - value
    bits = "".join(pieces)
    bits += "0" * (-len(bits) % 8)
    return list(int(bits, 2).to_bytes(len(bits) // 8, "big"))

"""MATLAB's files of version 5, as far as Clothing Co-Parsing has them: arrays of numbers, cells of text.

SciPy reads them too; but its parser follows what a damaged file says out of the memory of the process, which
ends there.

Source: "MAT-File Format", The MathWorks, chapter 1.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import islice
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wildwear.datasets.documents import read_bytes
from wildwear.errors import DatasetError
from wildwear.imaging import MAX_PIXELS
from wildwear.imaging.arrays import Array

HEADER, ORDER = 128, 126  # bytes before the first element; where they say in which order numbers stand
COMPRESSED, MATRIX = 15, 14
CELL, TEXT, NUMERIC = 1, 4, range(6, 16)  # kinds of arrays
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How numbers are stored: in as few bytes as will do, whatever MATLAB computes with."""
ENCODINGS = {1: "ascii", 2: "ascii", 4: "utf-16", 16: "utf-8", 17: "utf-16"}
LARGEST = MAX_PIXELS + 10_000  # bytes of an element: a label map has one a pixel, and a little besides

Element = tuple[int, bytes]  # its kind, and what it holds


def read_variable(path: Path, name: str) -> Array:
    """One variable of a file: an array of numbers, or of str where it is a cell of text.

    Raises:
        DatasetError: the file cannot be read, is damaged, or has no variable of that name and of these kinds.
    """
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; is this a Clothing Co-Parsing folder?")
    content = read_bytes(path)
    order = {b"IM": "<", b"MI": ">"}.get(content[ORDER:HEADER])
    if order is None:
        raise DatasetError(f"{path}: is not a readable MATLAB file: it does not begin as version 5 does")
    try:
        for found, value in variables(content[HEADER:], order):
            if found == name and not isinstance(value, str):
                return value
    except (ValueError, struct.error, zlib.error) as error:
        raise DatasetError(f"{path}: is not a readable MATLAB file: {error}") from error
    raise DatasetError(f"{path}: holds no variable {name!r}")


def variables(content: bytes, order: str) -> Iterator[tuple[str, Array | str]]:
    """Name and value of each variable. Raises `ValueError`, `struct.error`, `zlib.error`."""
    for kind, data in elements(content, order):
        if kind == COMPRESSED:
            packed = zlib.decompressobj()
            unpacked = packed.decompress(data, LARGEST)
            if packed.unconsumed_tail:
                raise ValueError(f"a variable of more than {LARGEST:,} bytes")
            kind, data = part(elements(unpacked, order))
        if kind == MATRIX:
            yield matrix(data, order)


def elements(content: bytes, order: str) -> Iterator[Element]:
    """The parts of a file, or of an element that has parts. Raises `ValueError`, `struct.error`."""
    place = 0
    while place < len(content):
        kind, size = struct.unpack_from(f"{order}II", content, place)
        start = place + 8
        if kind >> 16:  # so small that it stands where else its size does
            kind, size, start = kind & 0xFFFF, kind >> 16, place + 4
        end = start + size
        if end > len(content):
            raise ValueError("it ends in the middle of an element")
        yield kind, content[start:end]
        place = end if kind == COMPRESSED else end + -end % 8


def matrix(content: bytes, order: str) -> tuple[str, Array | str]:
    """Name and value of a variable. Raises `ValueError`, `struct.error`."""
    parts = elements(content, order)
    flags, sides, (_, name) = numbers(part(parts), order), numbers(part(parts), order), part(parts)
    kind, shape = int(flags[0]) & 0xFF if flags.size else 0, tuple(map(int, sides))
    if len(shape) < 2 or min(shape) < 0:
        raise ValueError(f"an array of {shape}")
    if kind == TEXT:
        stored, text = part(parts)
        values: Any = text.decode(encoding(stored, order))
    elif kind == CELL:
        texts = [cell_text(one, order) for one in islice(parts, prod(shape))]
        values = shaped(np.array(texts, object), shape)
    elif kind in NUMERIC:
        values = shaped(numbers(part(parts), order), shape)
    else:
        raise ValueError(f"an array of kind {kind}, which is neither numbers nor text")
    return name.decode("ascii", "replace"), values


def part(parts: Iterator[Element]) -> Element:
    """The next part of an element. Raises `ValueError` where there is none."""
    if (found := next(parts, None)) is None:
        raise ValueError("an element lacks a part")
    return found


def numbers(element: Element, order: str) -> NDArray[Any]:
    """(n,) what an element of numbers holds. Raises `ValueError`."""
    kind, content = element
    if kind not in NUMBERS:
        raise ValueError(f"numbers of kind {kind}")
    return np.frombuffer(content, f"{order}{NUMBERS[kind]}")


def shaped(values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Values in this shape, one column after the other. Raises `ValueError` where there are not as many."""
    if values.size != prod(shape):
        raise ValueError(f"an array of {shape} with {values.size:,} values")
    return values.reshape(shape, order="F")


def cell_text(element: Element, order: str) -> str:
    """The text of one cell. Raises `ValueError`, `struct.error`."""
    kind, content = element
    flags = numbers(part(elements(content, order)), order)
    if kind != MATRIX or not flags.size or int(flags[0]) & 0xFF != TEXT:
        raise ValueError("a cell that is no text")
    return str(matrix(content, order)[1])


def encoding(kind: int, order: str) -> str:
    """How text is stored. Raises `ValueError`."""
    if kind not in ENCODINGS:
        raise ValueError(f"text of kind {kind}")
    found = ENCODINGS[kind]
    return f"{found}-{'le' if order == '<' else 'be'}" if found == "utf-16" else found

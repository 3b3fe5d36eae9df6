"""Whether all pixels of a photo are in its file: where some are missing, decoders may fill in grey or black
and say nothing. Not for files that break off in a way that decoders do notice.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from PIL import Image

JPEG_END = b"\xff\xd9"
SCAN = 0xDA
FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended and progressive
LONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
COEFFICIENTS = 64  # of a block

FILLER = bytes(16)
"""What libjpeg may read ahead of the last block, and too little for a block of its own in most tables."""

PNG_START = 8  # bytes before the first chunk
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a PNG, by the type of its colours
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, columns and rows between the pixels of each pass of an interlaced PNG."""

MOST_EXPANSION = 1032  # times the size of its input, that DEFLATE can make of it
CHUNK = 1 << 16

MARKER = re.compile(rb"\xff[^\0\xff\xd0-\xd7]")

Scan = tuple[list[int], int, int, int]
"""One pass over a JPEG: its components, first and last coefficient, and how many bits are still missing."""


def is_whole_jpeg(content: bytes) -> bool:
    """Whether every block of a JPEG is there; one that was cut and got an end marker decodes without a word.

    A photo of one scan, as nearly all are, is decoded once more, with other bytes where its end marker is: a
    decoder goes on into them only where blocks are missing. Of one with several scans (progressive) it is
    seen whether a scan is missing, not whether the last one is short.

    Source: ITU-T T.81, annexes B and G.
    """
    components: set[int] = set()
    scans: list[Scan] = []
    place = 0
    for marker, place in _segments(content):
        if marker in FRAMES:
            (count,) = struct.unpack_from(">B", content, place + 9)
            components = {content[place + 10 + 3 * index] for index in range(count)}
        elif marker == SCAN:
            scans.append(_scan(content, place))
            if (
                len(scans) == 1
                and components <= set(scans[0][0])
                and scans[0][1:] == (0, COEFFICIENTS - 1, 0)
            ):
                return _decodes_to_its_end(content, place)
    missing = {(component, index) for component in components for index in range(COEFFICIENTS)}
    for names, first, last, low_bits in scans:
        if low_bits == 0:
            missing -= {(name, index) for name in names for index in range(first, last + 1)}
    return not missing


def end_of_jpeg(content: bytes) -> int | None:
    """The place of the marker that ends a JPEG, before anything that its camera added; None without one.

    It is looked for behind the first scan, as there may be a thumbnail before; among compressed pixels there
    is no such marker.
    """
    scan = next((place for marker, place in _segments(content) if marker == SCAN), None)
    end = -1 if scan is None else content.find(JPEG_END, scan)
    return None if end < 0 else end


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    """The marker and the place of each segment of a JPEG up to its end."""
    place = 2
    while found := MARKER.search(content, place):
        place, marker = found.start(), content[found.start() + 1]
        if marker == JPEG_END[1]:
            return
        if marker in LONE:
            place += 2
            continue
        if place + 10 > len(content):
            return
        yield marker, place
        place += 2 + (content[place + 2] << 8 | content[place + 3])


def _scan(content: bytes, place: int) -> Scan:
    count = content[place + 4]
    names = [content[place + 5 + 2 * index] for index in range(count)]
    first, last, bits = content[place + 5 + 2 * count : place + 8 + 2 * count]
    return names, first, last, bits & 15


def _decodes_to_its_end(content: bytes, scan: int) -> bool:
    end = content.find(JPEG_END, scan)
    try:
        image = Image.open(BytesIO(content[:end] + FILLER), formats=("JPEG",))
        image.draft(None, (1, 1))  # an eighth of the size is enough
        image.load()
    except OSError:  # it wants more
        return False
    return True


def is_whole_png(file: BinaryIO) -> bool:
    """Whether a PNG holds all its rows: Pillow ends where the compressed data does."""
    missing = 0
    unpacker = zlib.decompressobj()
    for kind, content in _chunks(file):
        if kind == b"IHDR":
            missing = _unpacked_size(content)
        elif kind == b"IDAT":
            while content and missing > 0:
                missing -= len(unpacker.decompress(content, CHUNK))
                content = unpacker.unconsumed_tail
        if missing <= 0:
            return True
    return False


def is_too_short_png(file: BinaryIO, length: int) -> bool:
    """Whether a PNG of so many bytes cannot hold its pixels, however well they are compressed."""
    kind, header = next(_chunks(file), (b"", b""))
    return kind == b"IHDR" and _unpacked_size(header) > length * MOST_EXPANSION


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the content of each chunk of a PNG; a long one comes in pieces."""
    file.seek(PNG_START)
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4]), head[4:]
        while length > 0 and (content := file.read(min(CHUNK, length))):
            yield kind, content
            length -= len(content)
        file.seek(4, 1)  # the checksum


def _unpacked_size(header: bytes) -> int:
    """Bytes of all rows of a PNG, each with the byte that names its filter.

    Source: W3C, Portable Network Graphics, third edition, sections 7.2, 8 and 11.2.1.
    """
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * CHANNELS[colours]
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    sides = ((-(-(width - left) // across), -(-(height - top) // down)) for left, top, across, down in passes)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sides if columns > 0 and rows > 0)

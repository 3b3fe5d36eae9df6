"""Small sound pictures of every kind, and what becomes of a file by accident or malice."""

import io
import random
from typing import Any

import numpy as np
from PIL import Image


def damaged(content: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, a piece repeated or cut out, or the end cut off."""
    changed = bytearray(content or b" ")  # an empty list of labels is a file too
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed))
        match chance.randrange(8):
            case 0:
                del changed[place : place + chance.randint(1, 64)]
            case 1:
                changed[place:place] = changed[place : place + chance.randint(1, 64)]
            case 2:
                changed[place : place + 4] = chance.choice(
                    [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"]
                )
            case _:
                changed[place] = chance.choice([0, 0xFF, chance.randrange(256)])
        if not changed:
            return b""
    return bytes(changed[: chance.randrange(len(changed))] if chance.random() < 0.15 else changed)


def pictures() -> list[bytes]:
    """The same small picture in every format, with and without what some of them have."""
    rng = np.random.default_rng(0)
    noise = np.kron(rng.integers(0, 255, (6, 9, 4), dtype=np.uint8), np.ones((8, 8, 1), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("JPEG", "RGB", {"exif": exif}), ("JPEG", "RGB", {"progressive": True}), ("JPEG", "CMYK", {}),
        ("JPEG", "L", {"restart_marker_blocks": 2}), ("PNG", "RGBA", {}), ("PNG", "P", {"exif": exif}),
        ("WEBP", "RGB", {}), ("WEBP", "RGBA", {"lossless": True}), ("TIFF", "RGB", {}),
        ("TIFF", "RGB", {"compression": "tiff_lzw"}), ("GIF", "P", {}), ("BMP", "RGB", {}),
    ]  # fmt: skip
    found = []
    for suffix, mode, options in kinds:
        buffer = io.BytesIO()
        image = Image.fromarray(noise)
        (image if mode == "RGBA" else image.convert("RGB").convert(mode)).save(buffer, suffix, **options)
        found.append(buffer.getvalue())
    return found

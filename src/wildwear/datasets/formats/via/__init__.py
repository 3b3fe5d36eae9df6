"""VGG Image Annotator 2 (https://www.robots.ox.ac.uk/~vgg/software/via/): projects, and files of regions.

What VIA holds and COCO has no place for stays under the key `via` of the header, of an image and of an
annotation, so that a project survives the way to COCO and back. What COCO holds and VIA has no place for
becomes attributes, so that a dataset survives the way to VIA and back: see `attributes.py`.
"""

import msgspec

from wildwear.datasets.formats.via.project import METADATA
from wildwear.datasets.formats.via.reading import read
from wildwear.datasets.formats.via.writing import write
from wildwear.datasets.stream import Candidate, Format

__all__ = ["FORMAT", "read", "write"]


def looks_like(candidate: Candidate) -> bool:
    """Whether a JSON file is a VIA project, or its first value is a photo with regions."""
    if METADATA in candidate.top:
        return True
    first = next(iter(candidate.top.values()), None)
    if first is None:
        return False
    try:
        return {"filename", "regions"} <= msgspec.json.decode(first, type=dict[str, msgspec.Raw]).keys()
    except (msgspec.DecodeError, RecursionError):
        return False


FORMAT = Format(
    name="via",
    title="VGG Image Annotator 2 project or regions (JSON)",
    looks_like=looks_like,
    read=read,
    write=write,
    suffix=".json",
)

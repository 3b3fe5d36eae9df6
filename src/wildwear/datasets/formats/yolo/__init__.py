"""YOLO for segmentation: `data.yaml`, `images/`, and in `labels/` a text file a photo, one polygon a line.

Source: https://docs.ultralytics.com/datasets/segment/. A line is the index of a category and the corners of a
polygon, as shares of the photo's width and height. What has no place in that, `photos.jsonl` keeps beside it:
one image record a line, with its id and size. Not for poses, oriented boxes or tracks.
"""

from wildwear.datasets.formats.yolo.layout import description_file
from wildwear.datasets.formats.yolo.reading import read
from wildwear.datasets.formats.yolo.writing import write
from wildwear.datasets.stream import Candidate, Format

__all__ = ["FORMAT", "read", "write"]


def looks_like(candidate: Candidate) -> bool:
    """Whether a folder has, or a file is, a YAML file that names categories."""
    return description_file(candidate.path) is not None


FORMAT = Format(
    name="yolo",
    title="YOLO segmentation, a folder with data.yaml",
    looks_like=looks_like,
    read=read,
    write=write,
)

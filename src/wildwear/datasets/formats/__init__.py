"""One file a format. Each reads files into a stream of COCO records and, where the format allows, writes one.

- `FORMATS`: all of them by name; `named`: one of them; `guess`: the one that a file or folder looks like;
  `document_of`: the file that is meant by the folder that it lies in.
"""

from pathlib import Path

from wildwear.datasets.documents import read_json
from wildwear.datasets.formats import (
    ccp,
    coco,
    cvat,
    deepfashion2,
    fashionpedia,
    label_studio,
    labelme,
    modanet,
    via,
    voc,
    yolo,
)
from wildwear.datasets.stream import Candidate, Format
from wildwear.errors import DatasetError

__all__ = ["FORMATS", "document_of", "guess", "named"]

MOST_DOCUMENTS = 20  # in a folder that stands for one of them; they are read to be told apart

# In the order in which they are guessed: the particular before the general.
FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (
        deepfashion2,
        ccp,
        yolo,
        cvat,
        voc,
        via,
        label_studio,
        labelme,
        modanet,
        fashionpedia,
        coco,
    )
}


def named(name: str) -> Format:
    """The format of this name. Raises `DatasetError` listing those that there are."""
    if name not in FORMATS:
        raise DatasetError(f"{name}: no such format; there are {', '.join(sorted(FORMATS))}")
    return FORMATS[name]


def guess(path: Path) -> Format:
    """The format that a file or folder looks like.

    Raises:
        DatasetError: there is no such file, it is no JSON, or it looks like none.
    """
    if not path.exists():
        raise DatasetError(f"{path}: no such file or folder")
    candidate = Candidate(path)
    for format_ in FORMATS.values():
        if format_.looks_like(candidate):
            return format_
    if path.suffix == ".json" and path.is_file():
        read_json(path)  # says what is wrong with it, if it is no JSON
    raise DatasetError(
        f"{path}: looks like none of the formats {', '.join(sorted(FORMATS))}; name one with --from"
    )


def document_of(path: Path) -> Path:
    """The one file of a dataset in a folder that is none itself, of photos say; else the path as it is.

    Raises:
        DatasetError: there are several.
    """
    if not path.is_dir() or any(format_.looks_like(Candidate(path)) for format_ in FORMATS.values()):
        return path
    files = sorted(path.glob("*.json"))[:MOST_DOCUMENTS]
    found = [
        file for file in files if any(format_.looks_like(Candidate(file)) for format_ in FORMATS.values())
    ]
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise DatasetError(f"{path}: holds {len(found)} datasets, {names}; name one of them")
    return found[0] if found else path

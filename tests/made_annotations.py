"""Small projects of `wildwear annotate` that tests make up."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wildwear.annotation import Project, add, from_photos, open_project
from wildwear.annotation.work import Instance, Part, Status, Work
from wildwear.gathering import gather
from wildwear.imaging import write_image

WIDTH, HEIGHT = 40, 60  # pixels
SHIRT, SHORTS, BAG = 29, 19, 2


def rectangle(left: float, top: float, right: float, bottom: float) -> Part:
    """A part that is a rectangle."""
    return [[(left, top), (right, top), (right, bottom), (left, bottom)]]


def instance(
    name: str = "one", category: int | None = SHIRT, *parts: Part, judged: bool = True, **fields: Any
) -> Instance:
    """A garment of the upper left; a region that is not judged where that is said."""
    drawn = list(parts) or [rectangle(2, 2, 12, 12)]
    return Instance(name, category if judged else None, judged, drawn, **fields)


def work(*instances: Instance, status: Status = "done") -> Work:
    """Work on a photo."""
    return Work(status=status, instances=list(instances))


def made_photos(folder: Path, names: Sequence[str] = ("1.jpg", "2.png")) -> Path:
    """A folder with photos of noise."""
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
        write_image(folder / name, noise)
    return folder


def made_project(
    folder: Path, names: Sequence[str] = ("1.jpg", "2.png"), project: str = "project"
) -> Project:
    """A project in a folder, with photos in `photos/` beside it."""
    photos = made_photos(folder / "photos", names)
    opened = open_project(folder / project)
    add(opened, from_photos(gather([str(photos)]).photos, "ann"))
    return opened

"""Pictures of one photo's garments: drawn on it, cut out of it, and small for a page."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from wildwear import imaging, reporting
from wildwear.files import write_atomically
from wildwear.imaging.arrays import Pixels
from wildwear.inference.prediction import Prediction
from wildwear.reporting import Style
from wildwear.reporting.cutouts import Matte

LONGEST_JPEG = 65_500  # pixels, the longer side: the format holds no more
THUMBNAIL = 384  # pixels, the longer side
LABELS_OFF: Literal["labels-off"] = "labels-off"  # outlines without names
STYLES = ("outline", "fill", "boxes", LABELS_OFF)


class Look(BaseModel):
    """What the pictures of a run look like."""

    style: Style | Literal["labels-off"] = "outline"  # of overlays
    line_width: int | None = Field(default=None, gt=0)  # of overlays, in pixels; else by their size
    canvas: bool = False  # cut-outs keep the size of the photo
    background: str | None = None  # colour behind cut-outs, as CSS writes it; else they are transparent


DEFAULT_LOOK = Look()


def write_overlay(
    out: Path, name: str, photo: Pixels, prediction: Prediction, look: Look = DEFAULT_LOOK
) -> Path:
    """Write the photo with its garments outlined and named to overlays/."""
    path = out / "overlays" / f"{name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = prediction.plot(
        photo,
        long_side=LONGEST_JPEG if max(photo.shape) > LONGEST_JPEG else None,
        labels=look.style != LABELS_OFF,
        style="outline" if look.style == LABELS_OFF else look.style,
        line_width=look.line_width,
    )
    imaging.write_image(path, drawn)
    return path


def write_cutouts(
    out: Path, name: str, photo: Pixels, prediction: Prediction, look: Look = DEFAULT_LOOK
) -> list[Path]:
    """Write each garment alone to cutouts/, and last all of them together, where there are any."""
    folder = (out / "cutouts" / name).parent
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(name).name
    background = reporting.colour_named(look.background) if look.background else None
    paths = []
    for called, matte in named_mattes(photo, prediction).items():
        paths.append(folder / f"{stem}_{called}.png")
        picture = reporting.lift(photo, matte, canvas=look.canvas, background=background)
        imaging.write_image(paths[-1], picture)
    return paths


def named_mattes(photo: Pixels, prediction: Prediction) -> dict[str, Matte]:
    """Each garment alone, and last all of them together, where there are any; by what their cut-outs are
    called: 01_jacket_0.94."""
    mattes = {}
    for number, garment in enumerate(prediction, start=1):
        called = f"{number:02d}_{garment.name}_{reporting.two_digits(garment.score)}"
        mattes[called] = reporting.matte(photo, garment.rle)
    if mattes:
        mattes["all"] = reporting.merge(list(mattes.values()), prediction.size)
    return mattes


def write_thumbnail(out: Path, name: str, photo: Pixels, prediction: Prediction) -> Path:
    """Write a small picture with outlines alone to thumbnails/."""
    path = out / "thumbnails" / f"{name}.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, reporting.webp(prediction.plot(photo, long_side=THUMBNAIL, labels=False)))
    return path

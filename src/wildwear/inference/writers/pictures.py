"""Pictures of one photo's garments: drawn on it, cut out of it, and small for a page."""

from pathlib import Path

from wildwear import imaging, reporting
from wildwear.imaging.arrays import Pixels
from wildwear.inference.prediction import Prediction

LONGEST_JPEG = 65_500  # pixels, the longer side: the format holds no more
THUMBNAIL = 384  # pixels, the longer side


def write_overlay(out: Path, name: str, photo: Pixels, prediction: Prediction) -> list[Path]:
    """Write the photo with its garments outlined and named to overlays/."""
    path = out / "overlays" / f"{name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    too_long = max(photo.shape) > LONGEST_JPEG
    imaging.write_image(path, prediction.plot(photo, long_side=LONGEST_JPEG if too_long else None))
    return [path]


def write_cutouts(out: Path, name: str, photo: Pixels, prediction: Prediction) -> list[Path]:
    """Write each garment alone, on a transparent ground, to cutouts/."""
    folder = (out / "cutouts" / name).parent
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(name).name
    paths = []
    for number, garment in enumerate(prediction, start=1):
        path = folder / f"{stem}_{number:02d}_{garment.name}_{reporting.two_digits(garment.score)}.png"
        imaging.write_image(path, reporting.cut_out(photo, garment.rle))
        paths.append(path)
    return paths


def thumbnail(photo: Pixels, prediction: Prediction) -> str:
    """Return a small picture with outlines alone, as a data URI."""
    return reporting.data_uri(prediction.plot(photo, long_side=THUMBNAIL, labels=False))

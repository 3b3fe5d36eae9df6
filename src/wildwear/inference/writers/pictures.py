"""Pictures of one photo's garments: drawn on it, cut out of it, and small for a page."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from wildwear import imaging, reporting
from wildwear.inference.prediction import Prediction

Photo = NDArray[np.uint8]

LONGEST_JPEG = 65_500  # pixels, the longer side: the format holds no more
THUMBNAIL = 384  # pixels, the longer side
SOFTNESS = 0.8  # pixels over which a cut-out's edge fades, inwards: nothing of the background comes along


def write_overlay(out: Path, name: str, photo: Photo, prediction: Prediction) -> list[Path]:
    """Write the photo with its garments outlined and named to overlays/."""
    path = out / "overlays" / f"{name}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    too_long = max(photo.shape) > LONGEST_JPEG
    imaging.write_image(path, drawn(photo, prediction, long_side=LONGEST_JPEG if too_long else None))
    return [path]


def write_cutouts(out: Path, name: str, photo: Photo, prediction: Prediction) -> list[Path]:
    """Write each garment alone, on a transparent ground, to cutouts/."""
    folder = (out / "cutouts" / name).parent
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(name).name
    paths = []
    for index, (category, score) in enumerate(zip(prediction.categories, prediction.scores, strict=True)):
        path = folder / f"{stem}_{index + 1:02d}_{category.name}_{score:.2f}.png"
        imaging.write_image(path, cut_out(photo, prediction, index))
        paths.append(path)
    return paths


def thumbnail(photo: Photo, prediction: Prediction) -> str:
    """Return a small picture with outlines alone, as a data URI."""
    return reporting.data_uri(drawn(photo, prediction, long_side=THUMBNAIL, labels=False))


def drawn(
    photo: Photo, prediction: Prediction, *, long_side: int | None = None, labels: bool = True
) -> Photo:
    """Draw a prediction on a copy of its photo."""
    return reporting.draw(
        photo,
        prediction.masks,
        prediction.category_ids.tolist(),
        prediction.scores.tolist(),
        long_side=long_side,
        labels=labels,
    )


def cut_out(photo: Photo, prediction: Prediction, index: int) -> Photo:
    """Return the pixels of one garment, cropped to it: (h, w, 4) RGBA uint8, all zero outside its mask."""
    left, top, width, height = (int(edge) for edge in imaging.bbox(prediction.masks[index]))
    window = slice(top, top + height), slice(left, left + width)
    mask = np.ascontiguousarray(prediction.mask(index)[window]).view(np.uint8)
    alpha = cv2.GaussianBlur(mask * np.uint8(255), (0, 0), SOFTNESS) * mask
    return np.dstack([photo[window] * mask[..., None], alpha])

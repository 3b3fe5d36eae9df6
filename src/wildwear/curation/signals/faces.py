"""Faces: how many, where, how large.

Source: YuNet (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023) by OpenCV's FaceDetectorYN,
which takes pixels as BGR. Faces under a hundredth of the photo's long side are not found.
"""

import cv2
import numpy as np
import polars as pl

from wildwear.curation.columns import Column
from wildwear.curation.signals.signal import Photo, Signal, Values

LONG_SIDE = 640  # px, to which larger photos are scaled down: YuNet finds faces from about 10 px on


def measure(photo: Photo) -> Values:
    """The faces of a photo, the surest first."""
    height, width = photo.pixels.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    pixels = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else photo.pixels
    detector = photo.models.face_detector
    detector.setInputSize(size)
    _, found = detector.detect(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    faces = np.zeros((0, 15), np.float32) if found is None else np.asarray(found, np.float32)
    faces = faces[np.argsort(-faces[:, 14], kind="stable")]
    corners = np.concatenate([faces[:, :2], faces[:, :2] + faces[:, 2:4]], axis=1)
    boxes = corners / np.array([size[0] / width, size[1] / height] * 2, np.float32)
    boxes = np.clip(boxes, 0, np.array([width, height] * 2, np.float32))
    sides = boxes[:, 2:] - boxes[:, :2]
    return {
        "faces": len(faces),
        "face_boxes": boxes.round(1).tolist(),
        "face_scores": faces[:, 14].tolist(),
        "face_share": float(sides.prod(axis=1).max(initial=0)) / (width * height),
    }


SIGNAL = Signal(
    name="faces",
    version=1,
    columns=(
        Column("faces", pl.Int16(), "count"),
        Column("face_boxes", pl.List(pl.Array(pl.Float32, 4)), "xyxy px, the surest first"),
        Column("face_scores", pl.List(pl.Float32), "of each, in [0, 1]"),
        Column("face_share", pl.Float32(), "of the photo, that the largest face's box takes"),
    ),
    measure=measure,
    needs="faces",
)

"""A photo with the boxes of what a scan finds in it, to look at."""

import cv2
import numpy as np

from wildwear.curation.signals import Photo
from wildwear.curation.signals.faces import measure
from wildwear.imaging.arrays import Pixels

COLOUR = (0, 220, 90)
SIDES_A_LINE = 300  # a line is this part of the photo's long side wide


def with_faces(photo: Photo) -> tuple[Pixels, int]:
    """A (height, width, 3) picture of the photo with a box and a score for each face, and their number."""
    found = measure(photo)
    picture = photo.pixels.copy()
    line = max(1, round(max(picture.shape) / SIDES_A_LINE))
    for (x1, y1, x2, y2), score in zip(found["face_boxes"], found["face_scores"], strict=True):
        left, top = round(x1), round(y1)
        cv2.rectangle(picture, (left, top), (round(x2), round(y2)), COLOUR, line)
        place = left, max(top - 2 * line, 12 * line)
        cv2.putText(
            picture, f"{score:.2f}", place, cv2.FONT_HERSHEY_SIMPLEX, 0.4 * line, COLOUR, line, cv2.LINE_AA
        )
    return np.asarray(picture, np.uint8), found["faces"]

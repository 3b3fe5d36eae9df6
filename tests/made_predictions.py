"""A prediction that no model was asked for."""

import numpy as np

from wildwear import imaging
from wildwear.inference import Prediction

MASKS = {"jacket": (slice(50, 200), slice(50, 250)), "jeans": (slice(200, 400), slice(60, 240))}


def made(**changes: object) -> Prediction:
    """A prediction of three garments in a photo of 640 x 480."""
    places = [*MASKS.values(), (slice(400, 450), slice(60, 120))]
    masks = []
    for place in places:
        mask = np.zeros((480, 640), dtype=bool)
        mask[place] = True
        masks.append(imaging.encode(mask))
    values = {
        "size": (480, 640),
        "scores": np.array([0.94, 0.88, 0.31], dtype=np.float32),
        "category_ids": np.array([23, 18, 3], dtype=np.int64),
        "masks": masks,
        "alternatives": [[(16, 0.25)], [], []],
        "network_boxes": np.array([[50, 50, 251, 199], [60, 200, 240, 400], [60, 400, 120, 450]], np.float32),
    }
    return Prediction(**(values | changes))  # type: ignore[arg-type]

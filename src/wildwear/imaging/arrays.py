"""Names for the arrays that are handed from module to module, by what their numbers are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Pixels = NDArray[np.uint8]  # of a photo: (height, width, 3) RGB, upright, unless said otherwise
FloatArray = NDArray[np.float32]  # what a network takes and gives, and what is drawn
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

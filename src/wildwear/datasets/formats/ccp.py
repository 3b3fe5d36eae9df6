"""Clothing Co-Parsing in its own layout: `photos/`, `annotations/pixel-level/*.mat`, `label_list.mat`.

Source: Yang, Luo and Lin, "Clothing Co-Parsing by Joint Image Segmentation and Labeling", CVPR 2014;
https://github.com/bearpaw/clothing-co-parsing.
"""

from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from wildwear.errors import DatasetError


def load_labels(source: Path) -> list[str]:
    """The 59 label names, in the order of the numbers in the label maps; number 0 is `null`."""
    cells = read_variable(source / "label_list.mat", "label_list")
    return [str(cell[0]) for cell in cells.ravel()]


def load_label_map(source: Path, photo: str) -> NDArray[np.uint8]:
    """The label number of each pixel of one photo, (height, width) uint8."""
    labels: NDArray[np.uint8] = read_variable(
        source / "annotations" / "pixel-level" / f"{photo}.mat", "groundtruth"
    )
    if labels.ndim != 2 or labels.dtype != np.uint8:
        raise DatasetError(
            f"{photo}.mat: groundtruth: expected (height, width) uint8, found {labels.shape} {labels.dtype}"
        )
    return labels


def read_variable(path: Path, name: str) -> NDArray[Any]:
    """One variable of a MATLAB file. Raises `DatasetError` when the file or the variable is missing or
    damaged."""
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; is this a Clothing Co-Parsing folder?")
    try:
        variables = scipy.io.loadmat(path)
    except Exception as error:  # scipy raises whatever its parser stumbles on
        raise DatasetError(f"{path}: is not a readable MATLAB file: {error}") from error
    if name not in variables:
        raise DatasetError(f"{path}: holds no variable {name!r}")
    variable: NDArray[Any] = variables[name]
    return variable

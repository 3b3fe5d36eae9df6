"""What a signal is, and the photo as it is handed to one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wildwear.curation.columns import Column
from wildwear.curation.models import Models, Need
from wildwear.imaging import quality
from wildwear.imaging.arrays import FloatArray, Pixels
from wildwear.imaging.photos import Header

if TYPE_CHECKING:
    from wildwear.inference import Prediction

Values = dict[str, Any]
"""What was found, by the names of columns."""


@dataclass(frozen=True)
class Photo:
    """A photo that is measured: decoded once, for all signals.

    Attributes:
        content: the bytes of its file.
        pixels: (height, width, 3) uint8 RGB, upright.
        header: what its file says of it.
        models: to look at it through.
    """

    content: bytes
    pixels: Pixels
    header: Header
    models: Models

    @cached_property
    def luma(self) -> NDArray[np.uint8]:
        """(h, w) uint8, `quality.SIDE` px on the long side, or as it is where that is less."""
        return quality.luma(self.pixels)

    @cached_property
    def seen(self) -> "tuple[Prediction, FloatArray | None]":
        """What the model of garments finds, and its features of the whole photo, if it has any: one run."""
        return self.models.segmenter.with_features(self.pixels)


@dataclass(frozen=True)
class Signal:
    """Something that is measured of a photo.

    Attributes:
        name: that of its file.
        version: raised when the same photo gets another value; then a scan measures it anew.
        columns: it fills.
        measure: what it finds in a photo, by column.
        needs: the model that it looks through, if any; without that its columns stay empty.
    """

    name: str
    version: int
    columns: tuple[Column, ...]
    measure: Callable[[Photo], Values]
    needs: Need | None = None

    def key(self, models: Models) -> str | None:
        """What a row keeps to say that it was measured; None where the model is not there."""
        model = models.key(self.needs)
        return None if model is None else f"{self.name}@{self.version}{model}"

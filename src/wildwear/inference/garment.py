"""One garment of a prediction."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging, taxonomy
from wildwear.errors import PhotoError
from wildwear.imaging import Rle
from wildwear.taxonomy import Category

if TYPE_CHECKING:
    from wildwear.inference.prediction import Prediction
    from wildwear.reporting.dominant_colours import DominantColour


@dataclass(frozen=True, eq=False, repr=False)
class Garment:
    """One garment of a prediction: `prediction[0]`."""

    prediction: "Prediction"
    index: int  # its place there, from 0

    def __repr__(self) -> str:
        """Say what it is: `Garment(jacket 0.94)`."""
        from wildwear.reporting import two_digits  # loads what pages are made of, which most never need

        return f"Garment({self.name} {two_digits(self.score)})"

    def __eq__(self, other: object) -> bool:
        """Whether the same was found, in this prediction or another; as predictions are equal."""
        if not isinstance(other, Garment):
            return NotImplemented
        return self.prediction.pick([self.index]) == other.prediction.pick([other.index])

    __hash__ = None  # type: ignore[assignment]  # as of its prediction

    def _repr_png_(self) -> bytes | None:
        """Its cut-out, which a notebook shows; none where there is nothing to show, or no photo."""
        from wildwear import reporting

        try:
            cutout = self.cutout()
        except PhotoError:
            return None
        return reporting.png(cutout) if cutout.size else None

    @property
    def category(self) -> Category:
        """Its category: id, name, group, colour and more."""
        return taxonomy.category(int(self.prediction.category_ids[self.index]))

    @property
    def name(self) -> str:
        """The name of its category."""
        return self.category.name

    @property
    def score(self) -> float:
        """How sure the model is, in [0, 1]: 0.94, in as few digits as tell it from its neighbours."""
        return float(str(self.prediction.scores[self.index]))

    @property
    def alternatives(self) -> list[tuple[str, float]]:
        """What else it may be: names and their probabilities, likeliest first."""
        return [
            (taxonomy.category(other).name, share)
            for other, share in self.prediction.alternatives[self.index]
        ]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The box of its mask, (x1, y1, x2, y2) in pixels of the photo."""
        x1, y1, x2, y2 = self.prediction.boxes[self.index].tolist()
        return x1, y1, x2, y2

    @property
    def rle(self) -> Rle:
        """Its mask as COCO run lengths."""
        return self.prediction.masks[self.index]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Its mask: (height, width) bool, decoded anew each time."""
        return imaging.decode(self.rle)

    @property
    def area(self) -> int:
        """Its pixels."""
        return imaging.area(self.rle)

    @property
    def polygons(self) -> list[list[float]]:
        """Its mask as COCO polygons, [x1, y1, x2, y2, ...] in pixels, exactly the same pixels."""
        return imaging.to_polygons(self.rle).polygons

    @property
    def colours(self) -> "list[DominantColour]":
        """Up to three colours, that of most pixels first: `name`, `hex` and `share` of each.

        Raises:
            PhotoError: as `crop`.
        """
        from wildwear import reporting

        return reporting.dominant_colours(self.prediction.pixels(), self.rle)

    def crop(self) -> NDArray[np.uint8]:
        """The photo inside its box: (h, w, 3) uint8 RGB. Raises `PhotoError` where the photo is not known."""
        x1, y1, x2, y2 = (int(edge) for edge in self.box)
        return self.prediction.pixels()[y1:y2, x1:x2]

    def cutout(self) -> NDArray[np.uint8]:
        """It alone, cropped to it: (h, w, 4) uint8 RGBA. Raises `PhotoError` as `crop`."""
        from wildwear import reporting

        return reporting.cut_out(self.prediction.pixels(), self.rle)

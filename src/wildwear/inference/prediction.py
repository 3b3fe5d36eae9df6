"""The garments of one photo."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging
from wildwear.errors import MissingExtraError
from wildwear.imaging import Rle
from wildwear.taxonomy import Category, category

if TYPE_CHECKING:
    import supervision

Alternatives = list[tuple[int, float]]
"""What else a garment may be: (category id, probability), likeliest first."""


@dataclass(eq=False)
class Prediction:
    """The garments of one photo, the surest first; n of them.

    Attributes:
        size: (height, width) of the photo in pixels, upright.
        scores: (n,) float32 in [0, 1].
        category_ids: (n,) int64; `wildwear.taxonomy.category(id)` knows more.
        masks: n run-length encodings of the whole photo; `mask(i)` decodes one.
        alternatives: For each garment, up to three runners-up, and the names that were suppressed on it.
        network_boxes: (n, 4) float32, xyxy in photo pixels: where the network looked for each garment.
    """

    size: tuple[int, int]
    scores: NDArray[np.float32]
    category_ids: NDArray[np.int64]
    masks: list[Rle]
    alternatives: list[Alternatives]
    network_boxes: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of garments."""
        return len(self.scores)

    def __repr__(self) -> str:
        """Say what was found: `Prediction(2 garments in 640x480: jacket 0.94, jeans 0.88)`."""
        height, width = self.size
        found = ", ".join(
            f"{kind.name} {score:.2f}" for kind, score in zip(self.categories, self.scores, strict=True)
        )
        plural = "" if len(self) == 1 else "s"
        return f"Prediction({len(self)} garment{plural} in {width}x{height}{': ' if found else ''}{found})"

    @cached_property
    def boxes(self) -> NDArray[np.float32]:
        """The box of each mask, (n, 4) float32, xyxy in photo pixels; zeros for an empty mask."""
        corners = np.array([imaging.bbox(mask) for mask in self.masks], dtype=np.float32).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        return corners

    @property
    def categories(self) -> list[Category]:
        """The category of each garment."""
        return [category(int(category_id)) for category_id in self.category_ids]

    def mask(self, index: int) -> NDArray[np.bool_]:
        """Decode one garment's mask: (height, width) bool."""
        return imaging.decode(self.masks[index])

    def pick(self, indices: Sequence[int] | NDArray[np.int64]) -> "Prediction":
        """Return the garments at these places, in this order."""
        return Prediction(
            size=self.size,
            scores=self.scores[indices],
            category_ids=self.category_ids[indices],
            masks=[self.masks[index] for index in indices],
            alternatives=[self.alternatives[index] for index in indices],
            network_boxes=self.network_boxes[indices],
        )

    def to_coco(self, image_id: int = 1) -> list[dict[str, Any]]:
        """Return COCO results; `segmentation` is an RLE, boxes are [x, y, width, height]: `bbox` is the
        mask's own, `network_bbox` where the network looked."""
        looked = np.hstack(
            [self.network_boxes[:, :2], np.diff(self.network_boxes.reshape(-1, 2, 2), axis=1)[:, 0]]
        )
        return [
            {
                "image_id": image_id,
                "category_id": int(self.category_ids[index]),
                "segmentation": self.masks[index],
                "bbox": imaging.bbox(self.masks[index]),
                "network_bbox": [round(value, 2) for value in looked[index].tolist()],
                "score": round(float(self.scores[index]), 7),
            }
            for index in range(len(self))
        ]

    def to_supervision(self) -> "supervision.Detections":
        """Return Roboflow supervision's Detections; its masks are dense, n * height * width bytes.

        Raises:
            MissingExtraError: `supervision` is not installed.
        """
        try:
            import supervision
        except ImportError as error:
            raise MissingExtraError("to_supervision()", "supervision") from error

        masks = np.zeros((len(self), *self.size), dtype=bool)
        for index in range(len(self)):
            masks[index] = self.mask(index)
        return supervision.Detections(
            xyxy=self.boxes,
            mask=masks,
            confidence=self.scores,
            class_id=self.category_ids,
            data={"class_name": np.array([kind.name for kind in self.categories], dtype=str)},
        )

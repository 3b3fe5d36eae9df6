"""The garments of one photo."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from wildwear import imaging, taxonomy
from wildwear.errors import OutputError, PhotoError
from wildwear.files import write_atomically
from wildwear.imaging import PhotoSource, Rle
from wildwear.imaging.writing import LONGEST_SIDES
from wildwear.inference.card import checked_score
from wildwear.inference.garment import Garment
from wildwear.taxonomy import CATEGORIES, Category

if TYPE_CHECKING:
    import pandas
    import polars
    import supervision

    from wildwear.reporting import Style

Alternatives = list[tuple[int, float]]
"""What else a garment may be: (category id, probability), likeliest first."""

NOTEBOOK_SIDE = 1024  # pixels, the longer side of the picture in a notebook


@dataclass(eq=False)
class Prediction:
    """The garments of one photo, the surest first; n of them.

    It is a sequence of `Garment` values; a slice, indices or a mask of bools give a smaller prediction.

    Attributes:
        size: (height, width) of the photo in pixels, upright.
        scores: (n,) float32 in [0, 1].
        category_ids: (n,) int64; `wildwear.taxonomy.category(id)` knows more.
        masks: n run-length encodings of the whole photo; `mask(i)` decodes one.
        alternatives: for each garment, up to three runners-up, and the names that were suppressed on it.
        network_boxes: (n, 4) float32, xyxy in photo pixels: where the network looked for each garment.
        photo: where they were found, as it was given to the segmenter; it is read again to be drawn on.

    Examples:
        >>> prediction
        Prediction(3 garments in 640x480: jacket 0.94, jeans 0.88, boots 0.31)
        >>> prediction[0].name, prediction[0].alternatives
        ('jacket', [('coat', 0.25)])
        >>> prediction[prediction.scores > 0.8]
        Prediction(2 garments in 640x480: jacket 0.94, jeans 0.88)
        >>> prediction.where(group="footwear")
        Prediction(1 garment in 640x480: boots 0.31)
        >>> [garment.name for garment in prediction if garment.area > 10_000]
        ['jacket', 'jeans']

    Raises:
        ValueError: these are not n of each, a score is not from 0 to 1, or a mask is not of the photo's size.
    """

    size: tuple[int, int]
    scores: NDArray[np.float32]
    category_ids: NDArray[np.int64]
    masks: list[Rle]
    alternatives: list[Alternatives]
    network_boxes: NDArray[np.float32]
    photo: PhotoSource | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Check that all is there for each garment."""
        lengths = {
            name: len(getattr(self, name))
            for name in ("scores", "category_ids", "masks", "alternatives", "network_boxes")
        }
        if len(set(lengths.values())) > 1:
            counted = ", ".join(f"{length} {name}" for name, length in lengths.items())
            raise ValueError(f"a prediction has as many of each as it has garments, not {counted}")
        height, width = self.size
        self.size = int(height), int(width)  # whatever they came in, as JSON takes them
        for score in self.scores:
            checked_score(float(score))
        for index, mask in enumerate(self.masks):
            if tuple(mask["size"]) != self.size:
                raise ValueError(
                    f"mask {index} is {mask['size']} (height, width); the photo is {list(self.size)}"
                )

    @classmethod
    def empty(cls, size: tuple[int, int], photo: PhotoSource | None = None) -> "Prediction":
        """Return the prediction of a photo without garments.

        Examples:
            >>> Prediction.empty((480, 640))
            Prediction(0 garments in 640x480)
        """
        return cls.from_coco([], size, photo)

    @classmethod
    def merge(cls, predictions: Sequence["Prediction"]) -> "Prediction":
        """Return the garments of several predictions on one photo, the surest first.

        Raises:
            ValueError: there is none, or they are of photos of different sizes.
        """
        if len({one.size for one in predictions}) != 1:
            sizes = sorted({one.size for one in predictions})
            raise ValueError(f"predictions of one photo have one size (height, width), not {sizes}")
        together = cls(
            size=predictions[0].size,
            scores=np.concatenate([one.scores for one in predictions]),
            category_ids=np.concatenate([one.category_ids for one in predictions]),
            masks=[mask for one in predictions for mask in one.masks],
            alternatives=[names for one in predictions for names in one.alternatives],
            network_boxes=np.concatenate([one.network_boxes for one in predictions]),
            photo=predictions[0].photo,
        )
        return together.pick(np.argsort(-together.scores, kind="stable"))

    def __len__(self) -> int:
        """Return the number of garments."""
        return len(self.scores)

    def __iter__(self) -> Iterator[Garment]:
        """Go through the garments."""
        return (Garment(self, index) for index in range(len(self)))

    @overload
    def __getitem__(self, key: int) -> Garment: ...
    @overload
    def __getitem__(self, key: slice | Sequence[int] | Sequence[bool] | NDArray[Any]) -> "Prediction": ...
    def __getitem__(
        self, key: int | slice | Sequence[int] | Sequence[bool] | NDArray[Any]
    ) -> "Garment | Prediction":
        """Return one garment by its place, or those of a slice, of indices, or where bools are true."""
        places = np.arange(len(self))
        if isinstance(key, int | np.integer) and not isinstance(key, bool):
            return Garment(self, int(places[key]))
        if isinstance(key, slice):
            return self.pick(places[key])
        chosen = np.asarray(key)
        if chosen.ndim != 1:
            by_name = f"; where(category={key!r}) chooses by name" if isinstance(key, str) else ""
            raise IndexError(
                f"garments are chosen by a place, a slice, or a list of places or bools, not {key!r}{by_name}"
            )
        return self.pick(places[chosen] if chosen.size else [])

    def __eq__(self, other: object) -> bool:
        """Whether the same was found: garments, masks, scores, alternatives; the photo is not compared."""
        if not isinstance(other, Prediction):
            return NotImplemented
        return (
            (self.size, self.masks, self.alternatives) == (other.size, other.masks, other.alternatives)
            and np.array_equal(self.scores, other.scores)
            and np.array_equal(self.category_ids, other.category_ids)
            and np.array_equal(self.network_boxes, other.network_boxes)
        )

    __hash__ = None  # type: ignore[assignment]  # its arrays may change

    def __repr__(self) -> str:
        """Say what was found: `Prediction(2 garments in 640x480: jacket 0.94, jeans 0.88)`."""
        from wildwear.reporting import counted, two_digits

        height, width = self.size
        found = ", ".join(f"{garment.name} {two_digits(garment.score)}" for garment in self)
        garments = counted(len(self), "garment")
        return f"Prediction({garments} in {width}x{height}{': ' if found else ''}{found})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture, where the photo is known and there, and a row a garment."""
        from wildwear import reporting

        height, width = self.size
        digits = reporting.two_digits
        rows = [
            (
                str(index),
                garment.name,
                digits(garment.score),
                f"{garment.area / (height * width):.1%}",
                ", ".join(f"{name} {digits(share)}" for name, share in garment.alternatives),
            )
            for index, garment in enumerate(self)
        ]
        found = f"{reporting.counted(len(self), 'garment')} in {width} × {height} pixels"
        return reporting.cell(found, self._small_plot(), ("", "garment", "score", "of the photo", "or"), rows)

    def _repr_png_(self) -> bytes | None:
        """The picture, for what shows no HTML; none where the photo is not known, or gone."""
        from wildwear import reporting

        drawn = self._small_plot()
        return None if drawn is None else reporting.png(drawn)

    def _small_plot(self) -> NDArray[np.uint8] | None:
        """What `plot` draws, in the size for a notebook; None where there is no photo to draw on."""
        try:
            return self.plot(long_side=min(NOTEBOOK_SIDE, max(self.size)))
        except PhotoError:
            return None

    @cached_property
    def boxes(self) -> NDArray[np.float32]:
        """The box of each mask, (n, 4) float32, xyxy in photo pixels; zeros for an empty mask."""
        corners = np.array([imaging.bbox(mask) for mask in self.masks], dtype=np.float32).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        return corners

    @property
    def categories(self) -> list[Category]:
        """The category of each garment."""
        return [taxonomy.category(int(category_id)) for category_id in self.category_ids]

    def mask(self, index: int) -> NDArray[np.bool_]:
        """Decode one garment's mask: (height, width) bool."""
        return imaging.decode(self.masks[index])

    def pick(self, indices: Sequence[int] | NDArray[np.int64]) -> "Prediction":
        """Return the garments at these places, in this order. Raises `IndexError` for bools: those choose in
        brackets, `prediction[prediction.scores > 0.8]`."""
        if np.asarray(indices).dtype == np.bool_:
            raise IndexError(
                "pick takes places; bools choose in brackets, prediction[prediction.scores > 0.8]"
            )
        places = np.asarray(indices, dtype=np.int64)
        return replace(
            self,
            scores=self.scores[places],
            category_ids=self.category_ids[places],
            masks=[self.masks[index] for index in places],
            alternatives=[self.alternatives[index] for index in places],
            network_boxes=self.network_boxes[places],
        )

    def where(
        self,
        *,
        category: str | int | Iterable[str | int] | None = None,
        score: float | None = None,
        group: str | None = None,
    ) -> "Prediction":
        """Return the garments of which all that is given holds.

        Examples:
            >>> prediction.where(category=["jeans", "boots"], score=0.8)
            Prediction(1 garment in 640x480: jeans 0.88)

        Args:
            category: its name or id is this one, or one of these; as `wildwear.taxonomy.category` takes them.
            score: it is this sure or more.
            group: it is worn here: "headwear", "carried", "footwear", "upper body", "lower body",
                "whole body".

        Raises:
            UnknownCategoryError: there is no such category.
            ValueError: the score is not from 0 to 1, or there is no such group.
        """
        chosen = np.ones(len(self), dtype=np.bool_)
        if category is not None:
            names = [category] if isinstance(category, str | int) else category
            chosen &= np.isin(self.category_ids, [taxonomy.category(name).id for name in names])
        if score is not None:
            chosen &= self.scores >= np.float32(checked_score(score))
        if group is not None:
            groups = dict.fromkeys(one.group for one in CATEGORIES)
            if group not in groups:
                raise ValueError(f"there is no group {group!r}; there are {', '.join(groups)}")
            chosen &= np.array([one.group == group for one in self.categories], dtype=np.bool_)
        return self.pick(np.flatnonzero(chosen))

    def pixels(self) -> NDArray[np.uint8]:
        """The photo, read again: (height, width, 3) uint8 RGB, upright.

        Raises:
            PhotoError: it is not known, as of a prediction from a file, cannot be read, or has another size.
        """
        if self.photo is None:
            raise PhotoError(
                "this prediction does not know its photo; dataclasses.replace(prediction, photo=…) tells it."
            )
        pixels = imaging.read_photo(self.photo)
        if pixels.shape[:2] != self.size:
            expected, there = (f"{width} x {height}" for height, width in (self.size, pixels.shape[:2]))
            raise PhotoError(
                f"this prediction is of {expected} pixels, its photo has {there}; `plot(photo)` draws on any."
            )
        return pixels

    def plot(
        self,
        photo: PhotoSource | None = None,
        *,
        long_side: int | None = None,
        labels: bool = True,
        style: "Style" = "outline",
        line_width: int | None = None,
    ) -> NDArray[np.uint8]:
        """Draw the garments on a copy of the photo, each outlined and named: (h, w, 3) uint8 RGB.

        Args:
            photo: what to draw on, where it is not the prediction's own.
            long_side: the size of the copy; None keeps the photo's, but enlarges a small one to 640 pixels.
            labels: whether to write names and scores.
            style: "outline" changes no pixel within; "fill" hatches it, "boxes" draws the boxes of the masks.
            line_width: of the lines, in pixels of the copy; None follows its size.

        Raises:
            PhotoError: the photo is not known, or cannot be read.
        """
        from wildwear import reporting

        pixels = self.pixels() if photo is None else imaging.read_photo(photo)
        return reporting.draw(
            pixels,
            self.masks,
            self.category_ids.tolist(),
            self.scores.tolist(),
            long_side=long_side,
            labels=labels,
            style=style,
            line_width=line_width,
        )

    def show(self) -> None:
        """Show what `plot` draws: below the cell of a notebook, elsewhere in this machine's picture viewer.

        Raises:
            PhotoError: as `plot`.
            OutputError: there is no viewer.
        """
        from wildwear import reporting

        if not reporting.display(self) and not reporting.view(self.plot()):
            raise OutputError('there is no picture viewer here; prediction.save("found.jpg") makes a file.')

    def save(self, path: str | Path) -> Path:
        """Write what `plot` draws to a .jpg, .png or .webp file, or what `to_json` says to a .json file.

        Raises:
            PhotoError: as `plot`.
            OutputError: the file cannot be written, or has another suffix.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix == ".json":
            write_atomically(path, self.to_json().encode())
        elif suffix in LONGEST_SIDES:
            imaging.write_image(path, self.plot())
        else:
            raise OutputError(
                f"{path}: a prediction is saved as a picture, .jpg, .png or .webp, or as .json; a table "
                "of it is written by to_polars().write_csv(…), other files by the other methods to_…."
            )
        return path

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values: the size of the photo, and each garment with names for ids."""
        height, width = self.size
        garments = [
            {
                "category": garment.name,
                "group": garment.category.group,
                "score": garment.score,
                "box": list(garment.box),
                "area": garment.area,
                "alternatives": dict(garment.alternatives),
                "segmentation": dict(garment.rle),
            }
            for garment in self
        ]
        return {"width": width, "height": height, "garments": garments}

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict())

    def to_coco(self, image_id: int = 1) -> list[dict[str, Any]]:
        """Return COCO results: `segmentation` is an RLE, boxes are [x, y, width, height].

        `bbox` is the mask's own, `network_bbox` where the network looked, `alternatives` what else it may be:
        each a `category_id` and a `probability`. `from_coco` reads all of it again.
        """
        looked = self.network_boxes.astype(np.float64)
        looked[:, 2:] -= looked[:, :2]
        return [
            {
                "image_id": image_id,
                "category_id": garment.category.id,
                "segmentation": garment.rle,
                "bbox": imaging.bbox(garment.rle),
                "network_bbox": [round(value, 2) for value in looked[index].tolist()],
                "score": garment.score,
                "alternatives": [
                    {"category_id": category_id, "probability": probability}
                    for category_id, probability in self.alternatives[index]
                ],
            }
            for index, garment in enumerate(self)
        ]

    @classmethod
    def from_coco(
        cls, results: Iterable[Mapping[str, Any]], size: tuple[int, int], photo: PhotoSource | None = None
    ) -> "Prediction":
        """Read COCO results or annotations of one photo, the surest first; without scores these are 1.

        Args:
            results: with `category_id` of the 30 categories and `segmentation`, an RLE or polygons; `score`,
                `network_bbox` and `alternatives` where they are there.
            size: (height, width) of the photo in pixels.
            photo: to be drawn on.

        Raises:
            MaskError: a mask is malformed, or of another size.
            UnknownCategoryError: a category is none of the 30.
        """
        scored = [(1 if record.get("score") is None else record["score"], record) for record in results]
        scored.sort(key=lambda one: -one[0])
        records = [record for _, record in scored]
        masks = [imaging.as_rle(record["segmentation"], size) for record in records]
        boxes = [
            record.get("network_bbox") or imaging.bbox(mask)
            for record, mask in zip(records, masks, strict=True)
        ]
        corners = np.array(boxes, dtype=np.float64).reshape(-1, 4)
        corners[:, 2:] += corners[:, :2]
        return cls(
            size=size,
            scores=np.array([score for score, _ in scored], dtype=np.float32),
            category_ids=np.array(
                [taxonomy.category(record["category_id"]).id for record in records], dtype=np.int64
            ),
            masks=masks,
            alternatives=[
                [(one["category_id"], one["probability"]) for one in record.get("alternatives") or ()]
                for record in records
            ],
            network_boxes=corners.astype(np.float32),
            photo=photo,
        )

    def to_polars(self) -> "polars.DataFrame":
        """Return a table, a row a garment: category, group, score, x, y, width, height, area, area_share."""
        from wildwear.inference import exchange

        return exchange.to_polars(self)

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the table of `to_polars` as a pandas data frame.

        Raises:
            MissingExtraError: `pandas` is not installed.
        """
        from wildwear.inference import exchange

        return exchange.to_pandas(self)

    def to_via(self) -> dict[str, Any]:
        """Return a project of VIA 2 with the photo and its garments, to be written as a JSON file beside it.

        Raises:
            PhotoError: the photo is not known by the name of its file.
        """
        from wildwear.inference import exchange

        project: dict[str, Any] = json.loads(exchange.in_format(self, "via", "project.json"))
        return project

    def to_labelme(self) -> dict[str, Any]:
        """Return the file of LabelMe that belongs to the photo: `photo.json`, to lie beside `photo.jpg`.

        Raises:
            PhotoError: the photo is not known by the name of its file.
        """
        from wildwear.inference import exchange

        document: dict[str, Any] = json.loads(exchange.in_format(self, "labelme", "labelme/*.json"))
        return document

    def to_yolo(self) -> str:
        """Return the label file of YOLO that belongs to the photo: a line a garment, its class and polygon.

        The classes are the 30 categories in the order of their ids, the first is 0. A garment in several
        parts becomes one polygon, joined by bridges of no width.

        Raises:
            PhotoError: the photo is not known by the name of its file.
        """
        from wildwear.inference import exchange

        return exchange.in_format(self, "yolo", "yolo/labels/*.txt")

    def to_supervision(self) -> "supervision.Detections":
        """Return Roboflow supervision's Detections; its masks are dense, n * height * width bytes.

        Raises:
            MissingExtraError: `supervision` is not installed.
        """
        from wildwear.inference import exchange

        return exchange.to_supervision(self)

    @classmethod
    def from_supervision(
        cls, detections: "supervision.Detections", photo: PhotoSource | None = None
    ) -> "Prediction":
        """Read Roboflow supervision's Detections with masks, the surest first.

        What `to_supervision` gave is what comes back.

        Args:
            detections: of the 30 categories, by `class_id`; without `confidence` each score is 1.
            photo: to be drawn on.

        Raises:
            ValueError: they have no masks or no classes.
            UnknownCategoryError: a class is none of the 30.
        """
        from wildwear.inference import exchange

        return exchange.from_supervision(detections, photo)

"""Photos in, garments out."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, overload

import numpy as np
from PIL.Image import Image

from wildwear.errors import MissingExtraError, ModelError, PhotoError
from wildwear.imaging import PhotoSource, area, read_photo
from wildwear.imaging.arrays import FloatArray, Pixels
from wildwear.inference.card import Calibration, ModelCard
from wildwear.inference.display import calibrated, shown
from wildwear.inference.edges import at_edges
from wildwear.inference.pasting import paste
from wildwear.inference.prediction import Alternatives, Prediction
from wildwear.inference.preparing import Prepared, prepare, stack
from wildwear.inference.session import FEATURES, OUTPUTS, find_model, one_line, open_session
from wildwear.inference.views import Outputs, close_ups, mirrored, placed, seen_closer, seen_twice

MAX_ALTERNATIVES = 3
NO_BOXES = np.zeros((0, 5), dtype=np.float32)
READ_AHEAD = 1  # photos: more would fill memory, and reading is the shorter part
NOTHING_FOUND = 2.0  # a minimal score that no detection reaches
OF_A_PHOTO = (PhotoError, MissingExtraError, ModelError, MemoryError)  # why one may not be segmented


class Options(TypedDict, total=False):
    """What a call of a segmenter may say of the garments that it wants; `Segmenter.__call__` explains it."""

    score: float | None
    suppress: bool
    limit: int | None


@dataclass(frozen=True)
class Failure:
    """A photo that could not be segmented, and why."""

    photo: PhotoSource
    reason: str

    @classmethod
    def of(cls, photo: PhotoSource, error: Exception) -> "Failure":
        """What is left of a photo that met with an error."""
        reason = str(error).removeprefix(f"{photo!s}: ")
        return cls(photo, reason or "takes more memory than there is.")


def load(
    model: str | Path = "default",
    *,
    providers: Sequence[str] | None = None,
    threads: int = 0,
    flip: bool = False,
    zoom: bool = False,
) -> "Segmenter":
    """Open a model: the bundled one, another bundled one by name, or a `.onnx` file that wildwear exported.

    Args:
        model: "default", a name, or a path.
        providers: onnxruntime execution providers, the preferred first. None takes CUDA where it is present
            (the package onnxruntime-gpu brings it), else the CPU. Others work by name; they are untested and
            warn.
        threads: threads for one run, at most one a core; 0 takes every core. They sleep while idle instead
            of spinning.
        flip: look at each photo in a mirror as well, and show the mean of both views: a little surer, at
            two to three times the price.
        zoom: look at large photos in up to nine close-ups as well, where nothing fills these: for groups and
            small people, up to ten times as slow.

    Raises:
        ModelError: there is no such model, or the file is not one of ours.
        ValueError: `threads` is negative.

    Examples:
        >>> segmenter = load()
        >>> segmenter("photo.jpg")
        Prediction(2 garments in 512x600: jacket 0.94, jeans 0.90)
    """
    return Segmenter(find_model(model), providers=providers, threads=threads, flip=flip, zoom=zoom)


class Segmenter:
    """Finds the garments of photos. One may serve many threads at once.

    Attributes:
        path: the model file.
        card: what the model says about itself.
        flip: whether it looks at the mirror image of a photo as well,
        zoom: and at close-ups of a large one.
    """

    def __init__(
        self,
        path: Path,
        *,
        providers: Sequence[str] | None = None,
        threads: int = 0,
        flip: bool = False,
        zoom: bool = False,
    ) -> None:
        """Open a model file; `load` also knows the bundled ones by name, and says what the options are."""
        self.path = path
        self.flip, self.zoom = flip, zoom
        self._session, self.card = open_session(path, providers=providers, threads=threads)

    def __repr__(self) -> str:
        """Say which model it is: `Segmenter(wildwear-s 0.1.0, flip=True)`."""
        twice = "".join(f", {name}=True" for name in ("flip", "zoom") if getattr(self, name))
        return f"Segmenter({self.card.name} {self.card.version}{twice})"

    def uncalibrated(self) -> "Segmenter":
        """The same network with its own scores."""
        return self.with_card(self.card.model_copy(update={"calibration": Calibration()}))

    def with_card(self, card: ModelCard) -> "Segmenter":
        """The same network with another card: it finds the same, and shows what that card says."""
        other = copy(self)
        other.card = card
        return other

    def __call__(
        self,
        photo: PhotoSource,
        *,
        score: float | None = None,
        suppress: bool = True,
        limit: int | None = None,
    ) -> Prediction:
        """Find the garments of one photo.

        Args:
            photo: a path, the bytes of an image file, a PIL image, or a (height, width, 3) uint8 RGB array.
            score: garments less sure than this are left out, of every category; None takes the card's, which
                may have one for each.
            suppress: show one garment once: of detections on the same pixels the surest stays, the names of
                the others become its alternatives. False keeps them all.
            limit: at most so many garments; None takes the card's.

        Raises:
            PhotoError: the photo cannot be read.
            ModelError: onnxruntime stopped on it, for lack of memory say.
            ValueError: `score` is not from 0 to 1, or `limit` negative.
        """
        return self.batch([photo], score=score, suppress=suppress, limit=limit, strict=True)[0]

    @overload
    def batch(
        self, photos: Sequence[PhotoSource], *, strict: Literal[True], **options: Unpack[Options]
    ) -> list[Prediction]: ...
    @overload
    def batch(
        self, photos: Sequence[PhotoSource], *, strict: bool = False, **options: Unpack[Options]
    ) -> list[Prediction | Failure]: ...
    def batch(
        self,
        photos: Sequence[PhotoSource],
        *,
        score: float | None = None,
        suppress: bool = True,
        limit: int | None = None,
        strict: bool = False,
    ) -> Sequence[Prediction | Failure]:
        """Find the garments of several photos in one run of the model; the arguments are those of a call.

        They are padded to the largest of them, so photos of one shape go best together. Where one cannot be
        segmented, the others are, one by one.

        Args:
            strict: as in `stream`.

        Raises:
            ValueError: as a call, or because `photos` is one photo.
        """
        refuse_one(photos)
        if not strict:
            try:
                return self.batch(photos, score=score, suppress=suppress, limit=limit, strict=True)
            except OF_A_PHOTO:
                return list(self.stream(photos, score=score, suppress=suppress, limit=limit))
        thresholds = self.card.thresholds.changed(score=score, suppress=suppress, limit=limit)
        least = thresholds.lowest
        if self.zoom:  # what fills a close-up is known whatever is asked for
            least = min(least, self.card.thresholds.lowest)
        least = self.card.calibration.score(least)
        predictions = self._look([self._prepare(photo) for photo in photos], least)
        if self.zoom:
            pairs = zip(photos, predictions, strict=True)
            predictions = [self._look_closer(photo, prediction, least) for photo, prediction in pairs]
        found = zip(predictions, photos, strict=True)
        return [replace(shown(one, thresholds), photo=photo) for one, photo in found]

    @overload
    def stream(
        self, photos: Iterable[PhotoSource], *, strict: Literal[True], **options: Unpack[Options]
    ) -> Iterator[Prediction]: ...
    @overload
    def stream(
        self, photos: Iterable[PhotoSource], *, strict: bool = False, **options: Unpack[Options]
    ) -> Iterator[Prediction | Failure]: ...
    def stream(
        self,
        photos: Iterable[PhotoSource],
        *,
        score: float | None = None,
        suppress: bool = True,
        limit: int | None = None,
        strict: bool = False,
    ) -> Iterator[Prediction | Failure]:
        """Find the garments of photos one after the other, however many; while one is segmented, the next is
        read. The arguments are those of a call.

        Args:
            strict: whether a photo that cannot be segmented ends it all with the error of a call. Otherwise a
                `Failure` stands in its place.

        Raises:
            ValueError: as a call, or because `photos` is one photo.
        """
        refuse_one(photos)
        self.card.thresholds.changed(score=score, limit=limit)  # at once, not with the first photo
        found = one_by_one(self, photos, score=score, suppress=suppress, limit=limit, strict=strict)
        return (one if isinstance(one, Failure) else one[1] for one in found)

    def with_features(self, photo: PhotoSource) -> tuple[Prediction, FloatArray | None]:
        """The garments of a photo as a call finds them, and its features as a whole, in one run of the model.

        It looks once, as without `flip` and `zoom`.

        Returns:
            the garments, and (f,) float32 as the first row of `features`; None where the model file has none.

        Raises:
            PhotoError: the photo cannot be read.
            ModelError: onnxruntime stopped on it.
        """
        prepared = self._prepare(photo)
        names = [*OUTPUTS, FEATURES] if self._has_features else OUTPUTS
        least = self.card.calibration.score(self.card.thresholds.lowest)
        outputs = self._run([prepared], least, at_scale(whole(prepared), prepared), names)
        features = outputs.pop(FEATURES)[-1] if self._has_features else None  # extra boxes come last
        [found] = by_view({name: values[:-1] for name, values in outputs.items()}, 1)
        prediction = shown(self._visible(prepared, found), self.card.thresholds)
        return replace(prediction, photo=photo), features

    def segment_boxes(self, photo: PhotoSource, boxes: FloatArray) -> Prediction:
        """Name and outline what lies in given boxes: one garment a box, in their order, however unsure.

        Args:
            photo: as in a call.
            boxes: (k, 4), xyxy in photo pixels; they are the `network_boxes` of what comes back.

        Raises:
            ValueError: a box is not finite, or has no inside.
        """
        prepared = self._prepare(photo)
        boxes = with_insides(boxes)
        found = self._run([prepared], NOTHING_FOUND, at_scale(boxes, prepared))
        prediction = self._prediction(prepared, found)
        # As they were given, not after a journey through the model's pixels
        return replace(prediction, network_boxes=boxes, photo=photo)

    def features(self, photo: PhotoSource, boxes: FloatArray = NO_BOXES[:, 1:]) -> FloatArray:
        """What the model sees in a photo and in boxes of it, as vectors: of what looks alike the cosine is
        high.

        They are the box head's last layer, which learnt to name garments.

        Args:
            photo: as in a call.
            boxes: (k, 4), xyxy in photo pixels: `prediction.network_boxes`, or anybody's.

        Returns:
            (1 + k, f) float32: of the whole photo, then of each box.

        Raises:
            ModelError: the model file has no features: it is from before there were any.
            ValueError: as in `segment_boxes`.
        """
        if not self._has_features:
            raise ModelError(
                f"{self.path.name}: has no features: an older wildwear exported it. `wildwear model export` "
                "its checkpoint again"
            )
        prepared = self._prepare(photo)
        all_boxes = np.concatenate([whole(prepared), with_insides(boxes)])
        found = self._run([prepared], NOTHING_FOUND, at_scale(all_boxes, prepared), [FEATURES])
        features: FloatArray = found[FEATURES]
        return features

    @property
    def _has_features(self) -> bool:
        return FEATURES in {output.name for output in self._session.get_outputs()}

    def _prepare(self, photo: PhotoSource) -> Prepared:
        return prepare(read_photo(photo), self.card.input.long_side, self.card.input.short_side)

    def _look(self, photos: Sequence[Prepared], score: float) -> list[Prediction]:
        """All that is found in each photo at this score of the network's own or more; in its mirror image as
        well, where that is wanted."""
        if not photos:
            return []
        views, least = list(photos), score
        if self.flip:
            views += map(mirrored, photos)
            least = self.card.thresholds.min_score  # what one view is unsure of, the other may be sure of
        found = by_view(self._run(views, least, NO_BOXES), len(views))
        if self.flip:
            straight, turned = found[: len(photos)], found[len(photos) :]
            pairs = zip(straight, turned, photos, strict=True)
            both = [seen_twice(one, other, photo.pixels.shape[1]) for one, other, photo in pairs]
            found = [
                {name: values[one["scores"] >= np.float32(score)] for name, values in one.items()}
                for one in both
            ]
        return [self._visible(*one) for one in zip(photos, found, strict=True)]

    def _look_closer(self, photo: PhotoSource, whole: Prediction, score: float) -> Prediction:
        """What is found in a photo and in its close-ups, at this score or more.

        Args:
            whole: what was found in the photo as a whole.
        """
        pixels = read_photo(photo)
        near = []
        for window in close_ups(shown(whole, self.card.thresholds), self.card.input.long_side):
            left, top, right, bottom = window
            [found] = self._look([self._prepare(pixels[top:bottom, left:right])], score)
            near.append(placed(found, window, whole.size))
        return seen_closer(whole, near)

    def _run(
        self,
        photos: Sequence[Prepared],
        score: float,
        extra_boxes: FloatArray,
        names: Sequence[str] = OUTPUTS,
    ) -> Outputs:
        """Run the graph; its outputs by name, of garments at this score of its own or more."""
        below = np.nextafter(
            np.float32(score), np.float32(-1)
        )  # the graph keeps what is more than it is told
        feeds = {
            "photos": stack(photos, self.card.input),
            "min_score": np.asarray(below),
            "extra_boxes": extra_boxes,
        }
        try:
            outputs = self._session.run(names, feeds)
        except Exception as error:  # onnxruntime's own exceptions share no base class below Exception
            raise ModelError(f"{self.path.name}: onnxruntime stopped on this: {one_line(error)}") from error
        return dict(zip(names, outputs, strict=True))

    def _visible(self, photo: Prepared, found: Outputs) -> Prediction:
        """As `_prediction`, without what has not a pixel of the photo."""
        prediction = self._prediction(photo, found)
        return prediction.pick(np.flatnonzero([area(mask) > 0 for mask in prediction.masks]))

    def _prediction(self, photo: Prepared, found: Outputs) -> Prediction:
        """Bring the outputs for one photo to its own pixels."""
        boxes = found["boxes"] / photo.scale
        threshold, masks = self.card.thresholds.mask, []
        for probability, box in zip(
            found["masks"], found["boxes"], strict=True
        ):  # boxes may end in the padding
            drawn, window = at_edges(probability, box, photo.pixels, threshold)
            masks.append(paste(drawn, window / photo.scale, photo.size, threshold=threshold))
        pairs = zip(found["probabilities"], found["category_ids"], strict=True)
        prediction = Prediction(
            size=photo.size,
            scores=found["scores"],
            category_ids=found["category_ids"],
            masks=masks,
            alternatives=[runners_up(probabilities, int(chosen)) for probabilities, chosen in pairs],
            # In the digits that files keep, so that what is read back is what was found
            network_boxes=np.clip(boxes, 0, photo.size[::-1] * 2).round(2).astype(np.float32),
        )
        return calibrated(prediction, self.card.calibration)


def one_by_one(
    segmenter: Segmenter,
    photos: Iterable[Any],
    *,
    read: Callable[[Any], Pixels] = read_photo,
    strict: bool = False,
    **options: Unpack[Options],
) -> Iterator[tuple[Pixels, Prediction] | Failure]:
    """As `Segmenter.stream`, each prediction with the pixels of its photo, (height, width, 3) RGB, for those
    who go on with them; `read` says how these come about, of photos that are no `PhotoSource`."""

    def outcome(photo: Any, reading: Future[Pixels]) -> tuple[Pixels, Prediction] | Failure:
        try:
            pixels = reading.result()
            prediction = segmenter(pixels, **options)
        except OF_A_PHOTO as error:
            if strict:
                raise
            return Failure.of(photo, error)
        return pixels, replace(prediction, photo=photo)

    with ThreadPoolExecutor(1) as reader:
        ahead: deque[tuple[Any, Future[Pixels]]] = deque()
        for photo in photos:
            ahead.append((photo, reader.submit(read, photo)))
            if len(ahead) > READ_AHEAD:
                yield outcome(*ahead.popleft())
        while ahead:
            yield outcome(*ahead.popleft())


def refuse_one(photos: Iterable[PhotoSource]) -> None:
    """Raise `ValueError` for one photo where several are meant: its letters, bytes or rows are none."""
    is_array_of_one = isinstance(photos, np.ndarray) and photos.ndim == 3 and photos.shape[2] in (1, 3, 4)
    if is_array_of_one or isinstance(photos, str | bytes | Path | Image):
        raise ValueError(
            "this is one photo, where several belong: segmenter(photo) takes one, or write [photo]"
        )


def with_insides(boxes: FloatArray) -> FloatArray:
    """Boxes (k, 4) xyxy as float32. Raises `ValueError` where one is not finite, or has no inside."""
    boxes = np.asarray(boxes, dtype=np.float32)
    if boxes.size % 4:
        raise ValueError(f"boxes are xyxy, four numbers each, not {boxes.tolist()}")
    boxes = boxes.reshape(-1, 4)
    if not (np.isfinite(boxes).all() and (boxes[:, 2:] > boxes[:, :2]).all()):
        raise ValueError(f"boxes are finite xyxy pixels with x1 < x2 and y1 < y2, not {boxes.tolist()}")
    return boxes


def whole(photo: Prepared) -> FloatArray:
    """The box that is all of a photo: (1, 4) xyxy in its pixels."""
    height, width = photo.size
    return np.array([[0, 0, width, height]], dtype=np.float32)


def by_view(outputs: Outputs, count: int) -> list[Outputs]:
    """What was found in each of so many photos of a batch, the surest first."""
    found = []
    for index in range(count):
        mine = np.flatnonzero(outputs["batch"] == index)
        mine = mine[np.argsort(-outputs["scores"][mine], kind="stable")]
        found.append({name: values[mine] for name, values in outputs.items() if name != "batch"})
    return found


def at_scale(boxes: FloatArray, photo: Prepared) -> FloatArray:
    """Boxes (k, 4) xyxy in photo pixels as the graph takes them: (k, 5), of the first photo of a batch."""
    return np.hstack([np.zeros((len(boxes), 1), dtype=np.float32), boxes * photo.scale])


def runners_up(probabilities: FloatArray, chosen: int) -> Alternatives:
    """Return the likeliest categories beside the chosen one.

    Args:
        probabilities: (31,): column 0 is the background, column c the category with the id c.
        chosen: the id that the garment got.
    """
    likeliest = [
        int(category_id) for category_id in np.argsort(-probabilities) if category_id not in (0, chosen)
    ]
    return [(category_id, float(probabilities[category_id])) for category_id in likeliest[:MAX_ALTERNATIVES]]

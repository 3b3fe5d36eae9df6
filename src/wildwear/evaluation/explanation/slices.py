"""AP by what makes a photo or a garment hard: source, people, size, area, brightness, blur."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hotcoco import COCO, COCOeval
from hotcoco import mask as hotcoco_mask

from wildwear.datasets import Dataset
from wildwear.datasets.terms import PEOPLE
from wildwear.evaluation.measures import curves, metrics
from wildwear.evaluation.measures.evidence import Evidence
from wildwear.evaluation.measures.matching import FOUND, finished, matches_at, prepare, truth_of
from wildwear.evaluation.measures.overlaps import mask_of

if TYPE_CHECKING:
    import polars as pl

Bounds = tuple[tuple[str, float], ...]
"""Names of the parts, each with the value under which it ends; the last has no end."""

NO_END = float("inf")
ANY = (-NO_END, NO_END)

# A phone's photo has 12 megapixels, one from the web about half of one, a person cut out of a crowd a tenth.
MEGAPIXELS: Bounds = (
    ("under 0.25 Mpx", 0.25),
    ("0.25 to 1 Mpx", 1.0),
    ("1 to 4 Mpx", 4.0),
    ("4 Mpx and over", NO_END),
)
# Where a whole person fills the photo, shoes have under 1 %, a bag up to 5 %, a dress up to 20 %. Over that,
# it is a close-up.
AREA: Bounds = (
    ("under 1 % of the photo", 0.01),
    ("1 to 5 % of the photo", 0.05),
    ("5 to 20 % of the photo", 0.2),
    ("20 % of the photo and over", NO_END),
)
BRIGHTNESS: Bounds = (
    ("dark (under 0.3)", 0.3),
    ("medium (0.3 to 0.6)", 0.6),
    ("bright (0.6 and over)", NO_END),
)
# Of the photos of CCP-30 val, none is under -1.0; a Gaussian blur of 0.25 % of the long side, 2 px on 800,
# brings three of four there, one of 0.5 % all of them. What is sharp before a plain wall can be in between.
SHARPNESS: Bounds = (("blurred", -1.0), ("in between", -0.6), ("sharp", NO_END))


@dataclass(frozen=True)
class Slice:
    """Mask AP, precision and recall on a part of the photos, or on the garments of one size.

    `ap` and `ap50` average the `categories` categories that occur in the slice, which are not those of
    another slice: compare them with that in mind. Precision and recall go by what a user is shown; precision
    is NaN where nothing is shown.
    """

    dimension: str  # "source", "people", "photo size", "garment area", "brightness" or "blur"
    name: str  # which part: "wild", "dark (under 0.3)"
    photos: int  # with such garments, where garments are sliced
    instances: int
    ap: float  # over the IoU thresholds 0.50, 0.55 … 0.95
    ap50: float
    categories: int
    interval: tuple[float, float] | None  # of `ap`, 95 %; None without a bootstrap, or where it cannot tell
    precision: float
    recall: float


def slices(
    evidence: Evidence, photos: "pl.DataFrame", *, bootstrap: int = 0, seed: int = 0
) -> tuple[Slice, ...]:
    """Score each part of the photos, and the garments of each size, on its own.

    Photos that do not say what is sliced by are in none of its parts, and a part without an instance is left
    out. A selfie of one person is in both parts of `people`.

    Args:
        evidence: truth and predictions.
        photos: a row for each photo, from `photo_rows.photo_table`.
        bootstrap: how often to draw a slice's photos again for the 95 % interval of its AP.
        seed: of these draws.
    """
    dataset = evidence.dataset
    truth = truth_of(Dataset({**dataset.document, "annotations": _with_shares(dataset, dataset.annotations)}))
    counted = _sized(truth, _with_shares(dataset, evidence.counted))
    displayed = _sized(truth, _with_shares(dataset, evidence.shown))
    result = []
    for dimension, name, chosen, shares in _parts(photos):
        if not chosen:
            continue
        matched = list(matches_at(_part(displayed, chosen, shares), FOUND).values())
        there = np.sum([one.there for one in matched], axis=0)  # instances of the slice, by photo
        if not np.any(there):
            continue
        right = sum(int(np.count_nonzero(one.right[0] & ~one.ignored[0])) for one in matched)
        wrong = sum(int(np.count_nonzero(~one.right[0] & ~one.ignored[0])) for one in matched)
        evaluation = _part(counted, chosen, shares)
        # (thresholds, recalls, categories)
        precision = curves.precision_by_recall(curves.curves_of(finished(evaluation)))
        ap = precision.mean(axis=(0, 1))
        mean, interval = float(metrics.mean_of_known(ap)), None
        if bootstrap:
            weights = curves.draw_photos(len(chosen), bootstrap, seed)
            redrawn = curves.by_category_redrawn(evaluation, weights)[:, 0]
            interval = metrics.interval_around(mean, metrics.mean_of_known(redrawn))
        result.append(
            Slice(
                dimension=dimension,
                name=name,
                photos=len(there) if shares == ANY else int((there > 0).sum()),
                instances=int(there.sum()),
                ap=mean,
                ap50=float(metrics.mean_of_known(precision[0].mean(axis=0))),
                categories=int(np.isfinite(ap).sum()),
                interval=interval,
                precision=right / (right + wrong) if right + wrong else float("nan"),
                recall=right / int(there.sum()),
            )
        )
    return tuple(result)


def _parts(photos: "pl.DataFrame") -> Iterator[tuple[str, str, set[int], tuple[float, float]]]:
    """(dimension, name, ids of the photos, shares of the photo that garments have) of every slice."""
    identities = photos["image_id"].to_list()
    sources = photos["source"].to_list()
    for source in sorted(set(sources) - {None}):
        yield "source", source, _where(identities, [own == source for own in sources]), ANY
    people = [(words or "").split(", ") for words in photos["people"]]
    for words in PEOPLE.values():
        yield "people", words, _where(identities, [words in own for own in people]), ANY
    for name, low, high in _limits(MEGAPIXELS):
        yield "photo size", name, _where(identities, photos["megapixels"].is_between(low, high, "left")), ANY
    for name, low, high in _limits(AREA):
        yield "garment area", name, set(identities), (low, high)
    for dimension, column, bounds in (
        ("brightness", "brightness", BRIGHTNESS),
        ("blur", "sharpness", SHARPNESS),
    ):
        for name, low, high in _limits(bounds):
            yield dimension, name, _where(identities, photos[column].is_between(low, high, "left")), ANY


def _where(identities: Sequence[int], chosen: Iterable[bool | None]) -> set[int]:
    """The ids that are chosen; null, for photos that do not say, is no."""
    return {identity for identity, yes in zip(identities, chosen, strict=True) if yes}


def _limits(bounds: Bounds) -> Iterator[tuple[str, float, float]]:
    """Each part with the value from which it reaches and that under which it ends."""
    low = -NO_END
    for name, high in bounds:
        yield name, low, high
        low = high


def _with_shares(dataset: Dataset, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Annotations or results whose `area` is the share of the photo that the mask has."""
    sizes = {image["id"]: (image["height"], image["width"]) for image in dataset.images}
    masks = [dict(mask_of(one["segmentation"], sizes[one["image_id"]])) for one in records]
    pixels = np.array([height * width for height, width in (sizes[one["image_id"]] for one in records)])
    shares = hotcoco_mask.area(masks) / pixels if masks else []
    return [{**one, "area": float(share)} for one, share in zip(records, shares, strict=True)]


def _sized(truth: COCO, predictions: Sequence[dict[str, Any]]) -> COCOeval:
    """As `matching.prepare` for masks, with the sizes that the predictions say instead of pixels."""
    counted = prepare(truth, predictions, "mask")
    detections = counted.coco_dt  # a copy, in which hotcoco has counted pixels
    # It numbers detections from 1, in the order in which they come.
    numbers = np.arange(1, len(predictions) + 1)
    detections.update_anns(ids=numbers, area=np.array([one["area"] for one in predictions]))
    sized = COCOeval(truth, detections, "segm")
    sized.params.cat_ids = counted.params.cat_ids
    return sized


def _part(evaluation: COCOeval, photos: Iterable[int], shares: tuple[float, float]) -> COCOeval:
    """The same on these photos, and of sizes there is one: from the first of `shares` to the second.

    As with COCO's sizes, an instance of another size is neither found nor missed, and a detection of another
    size that has no instance is neither right nor wrong.
    """
    part = COCOeval(evaluation.coco_gt, evaluation.coco_dt, "segm")
    part.params.img_ids = sorted(photos)
    part.params.cat_ids = evaluation.params.cat_ids
    low, high = shares
    part.params.area_rng = [[low, float(np.nextafter(high, low))]]  # COCO counts both ends in
    part.params.area_rng_lbl = ["all"]
    return part

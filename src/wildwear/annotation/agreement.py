"""How far two annotators agree who did the same photos, each in a project of their own: neither saw the
other's work. Not for settling where they do not: see `reviewing.py`."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from wildwear import imaging
from wildwear.annotation.exporting import seen_on
from wildwear.annotation.layers import Seen
from wildwear.annotation.project import Project
from wildwear.annotation.work import Instance
from wildwear.errors import DatasetError
from wildwear.imaging.identity import identity

SAME = 0.5  # mask IoU from which two instances mean one garment
CLOSE = 0.8  # below, two outlines of it are worth a look
UNJUDGED = 0.5  # share of an instance in the other's regions that are not judged, from which it is no miss

Kind = Literal["agreed", "name", "outline", "missing"]


class Pair(msgspec.Struct, frozen=True):
    """What two annotators say of one garment.

    Attributes:
        photo: its number in the first project.
        kind: how they differ; `missing` where one has nothing there.
        a, b: the instance of the first, and of the second.
        iou: of their masks; 0 where one has nothing.
    """

    photo: int
    kind: Kind
    a: Instance | None
    b: Instance | None
    iou: float


@dataclass(frozen=True)
class CategoryAgreement:
    """How far two annotators agree on one category.

    Attributes:
        first, second: number of garments that each calls so, on the photos that both have done.
        both: number that both call so.
        iou: mean over these; None where there are none.
    """

    first: int
    second: int
    both: int
    iou: float | None


@dataclass(frozen=True)
class Agreement:
    """How far two annotators agree.

    Attributes:
        photos: that both have done.
        first, second: number of garments of each.
        same: number that both have outlined, whatever they call them.
        same_name: number of these that both call the same.
        iou: mean over the outlined by both; None where there are none.
        categories: by the category's id, those that occur.
    """

    photos: int
    first: int
    second: int
    same: int
    same_name: int
    iou: float | None
    categories: dict[int, CategoryAgreement]


def agreement(first: Project, second: Project) -> Agreement:
    """Compare what two people did to the same photos.

    Raises:
        DatasetError: there is no photo that both have done.
        PhotoError: the size of a photo is not known.
    """
    photos = done_by_both(first, second)
    if not photos:
        raise DatasetError(f"{first.folder} and {second.folder}: no photo is done in both")
    found = [pair for one, other in photos for pair in pairs(first, second, one, other)]
    both = [(pair.a, pair.b, pair.iou) for pair in found if pair.a is not None and pair.b is not None]
    ious: dict[int, list[float]] = defaultdict(list)
    for a, b, iou in both:
        if a.category is not None and a.category == b.category:
            ious[a.category].append(iou)
    of_first = Counter(pair.a.category for pair in found if pair.a is not None)
    of_second = Counter(pair.b.category for pair in found if pair.b is not None)
    return Agreement(
        photos=len(photos),
        first=of_first.total(),
        second=of_second.total(),
        same=len(both),
        same_name=sum(a.category == b.category for a, b, _ in both),
        iou=mean([iou for _, _, iou in both]),
        categories={
            key: CategoryAgreement(of_first[key], of_second[key], len(ious[key]), mean(ious[key]))
            for key in sorted({key for key in of_first | of_second if key is not None})
        },
    )


def mean(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return float(np.mean(values)) if values else None


def done_by_both(first: Project, second: Project) -> list[tuple[int, int]]:
    """The numbers, in the one project and the other, of the photos that both have done, by their names."""
    others = {identity(one.name): one for one in second.store.photos() if one.summary.status == "done"}
    return [
        (one.id, others[identity(one.name)].id)
        for one in first.store.photos()
        if one.summary.status == "done" and identity(one.name) in others
    ]


def pairs(first: Project, second: Project, one: int, other: int) -> Iterator[Pair]:
    """What two projects say of each garment on a photo, agreed or not.

    Args:
        first: the one project.
        second: the other.
        one: number of the photo in the first.
        other: its number in the second.
    """
    sides = []
    for project, number in ((first, one), (second, other)):
        photo = project.store.photo(number)
        assert photo is not None  # photos stay
        sides.append(seen_on(photo, project.store.standing(number).work))
    a, b = ([each for each in side if each.instance.judged] for side in sides)
    iou = (
        imaging.iou([each.mask for each in a], [each.mask for each in b])
        if a and b
        else np.zeros((len(a), len(b)))
    )
    rows, columns = linear_sum_assignment(iou, maximize=True)
    same = [(row, column) for row, column in zip(rows, columns, strict=True) if iou[row, column] >= SAME]
    for row, column in same:
        kind = kind_of(a[row].instance, b[column].instance, iou[row, column])
        yield Pair(one, kind, a[row].instance, b[column].instance, float(iou[row, column]))
    for row in set(range(len(a))) - {row for row, _ in same}:
        if not is_unjudged(a[row], sides[1]):
            yield Pair(one, "missing", a[row].instance, None, 0.0)
    for column in set(range(len(b))) - {column for _, column in same}:
        if not is_unjudged(b[column], sides[0]):
            yield Pair(one, "missing", None, b[column].instance, 0.0)


def kind_of(a: Instance, b: Instance, iou: float) -> Kind:
    """How two instances of one garment differ."""
    if a.category != b.category:
        return "name"
    return "agreed" if iou >= CLOSE else "outline"


def is_unjudged(one: Seen, others: Sequence[Seen]) -> bool:
    """Whether the other annotator has said that nobody can judge what is there."""
    regions = [other.mask for other in others if not other.instance.judged]
    if not regions:
        return False
    region = imaging.decode(imaging.union(regions))
    return bool((imaging.decode(one.mask) & region).sum() >= UNJUDGED * imaging.area(one.mask))

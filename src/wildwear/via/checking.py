"""What an annotator forgot, and how far the work is. For what masks are like see `datasets.health`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wildwear.datasets.formats.via.attributes import value_of
from wildwear.datasets.formats.via.reading import grouped
from wildwear.datasets.stream import Record
from wildwear.errors import DatasetError
from wildwear.via.merging import is_partial
from wildwear.via.project import Project, list_problems


@dataclass(frozen=True)
class Check:
    """What a project lacks.

    Attributes:
        photos, regions: how many there are.
        unnamed: by file name the regions that have none of the attributes, numbered from 1 as VIA does.
        empty: file names of the photos without regions.
        partial: file names of the photos that lack a field, which VIA leaves out.
        listing: what is wrong with the id list, in sentences.
    """

    photos: int
    regions: int
    unnamed: dict[str, list[int]]
    empty: list[str]
    partial: list[str]
    listing: list[str]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.unnamed or self.empty or self.partial or self.listing)


def check(project: Project, attributes: Sequence[str]) -> Check:
    """Whether each region has at least one of several attributes, each photo regions, and the id list the
    keys of the photos in their order."""
    unnamed: dict[str, list[int]] = {}
    empty = []
    total = 0
    for key in project.keys:
        name = project.photos[key]["filename"]
        regions = project.regions(key)
        total += len(regions)
        if not regions:
            empty.append(name)
        for index, region in regions:
            if not any(says(region["region_attributes"].get(attribute)) for attribute in attributes):
                unnamed.setdefault(name, []).append(index + 1)
    partial = [
        name
        for key, name in zip(project.keys, project.names(), strict=True)
        if project.is_whole and is_partial(project.photos[key])
    ]
    return Check(len(project.keys), total, unnamed, empty, partial, list_problems(project))


def says(value: Any) -> bool:
    """Whether an attribute has a value, one or several."""
    return bool(value_of(value)) or (
        isinstance(value, dict) and any(is_on is True for is_on in value.values())
    )


@dataclass(frozen=True)
class Progress:
    """How far the annotation of a project is.

    Attributes:
        photos: those that are there, each once, whatever the id list says.
        limit: of those the first so many are looked at; all other figures are of these.
        unusable: whose first region has no category: a mark of the annotator that it is of no use.
        done: whose first region has one.
        masks: instances with a category on the photos that are done; regions of one `instance` are one.
        target: how many photos are to be done in the end; None where nobody said.
    """

    photos: int
    limit: int
    unusable: int
    done: int
    masks: int
    target: int | None

    @property
    def to_do(self) -> int:
        """Photos up to the limit without regions."""
        return self.limit - self.unusable - self.done

    @property
    def of_limit(self) -> float:
        """The share of the photos up to the limit that is done; 0 where there are none."""
        return self.done / self.limit if self.limit else 0.0

    @property
    def of_target(self) -> float | None:
        """The share of the target that is done; it may exceed 1."""
        return self.done / self.target if self.target else None

    @property
    def masks_per_photo(self) -> float:
        """Masks on a photo that is done; 0 where none is."""
        return self.masks / self.done if self.done else 0.0


def progress(
    project: Project, attribute: str, *, limit: int | None = None, target: int | None = None
) -> Progress:
    """Count the photos that are there.

    Args:
        project: the work.
        attribute: the region attribute that names the category.
        limit: so many photos, in order, were to be looked at so far; all by default.
        target: photos to be done in the end.

    Raises:
        DatasetError: the limit exceeds the photos that there are.
    """
    keys = project.keys
    if limit is not None and limit > len(keys):
        raise DatasetError(f"{project.path}: the limit is {limit:,} photos, and there are {len(keys):,}")

    def has_category(region: Record) -> bool:
        return bool(value_of(region["region_attributes"].get(attribute)))

    unusable = done = masks = 0
    for key in keys[:limit]:
        regions = project.regions(key)
        if not regions:
            continue
        if not has_category(regions[0][1]):
            unusable += 1
            continue
        done += 1
        masks += sum(has_category(instance[0][1]) for instance in grouped(regions))
    return Progress(len(keys), len(keys[:limit]), unusable, done, masks, target)

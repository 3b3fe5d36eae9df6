"""Which photos of a dataset are wanted. Not for how many of them: see `derive.sample` and `recipes`."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from wildwear.configs.strict import Strict
from wildwear.datasets.stream import Conversion, Photo, PhotoStream, Record
from wildwear.datasets.terms import Kind, kind_called, photo_kind, photo_people
from wildwear.errors import DatasetError

KindByAnyName = Annotated[Kind, BeforeValidator(kind_called)]


class Filters(Strict):
    """What a photo must be like to be kept; a photo that is kept keeps all its masks."""

    source: tuple[KindByAnyName, ...] = Field(
        (), description="photos that say they are of this kind, or of one of these"
    )
    categories: tuple[str, ...] = Field((), description="photos with an instance of at least one of these")
    min_side: int = Field(0, ge=0, description="least length of the shorter side, px")
    people: tuple[Literal["one person", "people", "no people", "selfie"], ...] = Field(
        (), description="photos for which at least one of these is ticked, as VIA's `people` has it"
    )
    min_masks: int = Field(0, ge=0, description="least number of instances on a photo")

    @field_validator("source", mode="before")
    @classmethod
    def kinds(cls, source: Any) -> Any:
        """One kind or several."""
        return source if isinstance(source, list | tuple) else () if source is None else (source,)

    def keep(self, image: Record, annotations: list[Record], category_ids: set[int]) -> bool:
        """Whether a photo is wanted; `category_ids` are the numbers of `categories` in its dataset."""
        instances = [annotation for annotation in annotations if not annotation.get("iscrowd")]
        return (
            (not self.source or photo_kind(image) in self.source)
            and min(image.get("width") or 0, image.get("height") or 0) >= self.min_side
            and len(instances) >= self.min_masks
            and (not self.people or not set(photo_people(image)).isdisjoint(self.people))
            and (
                not self.categories or any(instance["category_id"] in category_ids for instance in instances)
            )
        )


def filtered(stream: PhotoStream, filters: Filters, conversion: Conversion, where: object) -> PhotoStream:
    """The photos that are wanted, one by one.

    Args:
        stream: of any dataset.
        filters: what its photos must be like.
        conversion: takes notes.
        where: what to call the dataset in an error.

    Raises:
        DatasetError: once all have gone by: the dataset has no category of a name that is asked for.
    """

    def photos() -> Iterator[Photo]:
        for image, annotations in stream.photos:
            categories = stream.header["categories"]
            wanted = {category["id"] for category in categories if category["name"] in filters.categories}
            if filters.source and photo_kind(image) is None:
                conversion.note("photos that do not say whether they are street, wild or closet, left out")
            elif filters.min_side and not (image.get("width") and image.get("height")):
                conversion.note("photos of unknown size, left out")
            elif filters.keep(image, annotations, wanted):
                yield image, annotations
        known = {category["name"] for category in stream.header["categories"]}
        if missing := [name for name in filters.categories if name not in known]:
            raise DatasetError(
                f"{where}: has no category {missing[0]!r} to filter by, but {', '.join(sorted(known))}"
            )

    return PhotoStream(stream.header, photos())

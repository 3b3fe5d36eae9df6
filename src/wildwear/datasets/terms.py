"""What the record of a photo says of it: where it comes from and who is on it, in whichever terms.

The record stays as it is; only what is asked of it comes in one set of words.
"""

from typing import Any, Literal, get_args

from wildwear.datasets.stream import PhotoStream, Record

Kind = Literal["street", "wild", "closet", "mixed"]
"""People posing, people as they come, garments off the body; `mixed` is both of the first two."""

KINDS: tuple[Kind, ...] = get_args(Kind)
CALLED: dict[str, Kind] = {"shop": "street", "user": "wild", "ig": "wild"}
"""The thesis' terms: photos of shops, of their users, from Instagram. `user_shop` is mixed."""

PEOPLE = {"0": "one person", "1": "people", "2": "no people", "3": "selfie"}
"""The thesis' checkboxes in VIA, by id; a photo has several: `0_3`, or a list, is one person, selfie."""


def kind_called(name: Any) -> str | None:
    """The kind of photo that a `source` stands for, one of `KINDS`; a word that is none of ours as it is, and
    None for nothing said."""
    if name is None:
        return None
    listed = name if isinstance(name, list) else [name]
    said = "_".join(str(part).strip() for part in listed if part is not None)
    if not said:
        return None
    kinds = {CALLED.get(part, part) for part in said.lower().split("_")}
    if not kinds <= set(KINDS):
        return said
    return kinds.pop() if len(kinds) == 1 else "mixed"


def photo_kind(image: Record) -> str | None:
    """What kind of photo an image record says it is of, as `kind_called`."""
    return kind_called(image.get("source"))


def photo_people(image: Record) -> tuple[str, ...]:
    """Who is on a photo, in words, as its `people` has it: joined ("0_3"), listed, or as VIA's checkboxes."""
    value = image.get("people")
    if value is None:
        return ()
    if isinstance(value, dict):
        value = [tick for tick, is_on in value.items() if is_on is True]
    ticks = map(str, value) if isinstance(value, list) else str(value).split("_")
    return tuple(PEOPLE[tick] for tick in sorted(set(ticks)) if tick in PEOPLE)


def with_kind(photos: PhotoStream, kind: Kind) -> PhotoStream:
    """The same photos; those that do not say what kind they are of are of this one."""
    told = (
        (image if photo_kind(image) else image | {"source": kind}, annotations)
        for image, annotations in photos.photos
    )
    return PhotoStream(photos.header, told, photos.total)

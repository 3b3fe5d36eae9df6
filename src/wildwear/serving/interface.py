"""What the labelling interface of a Label Studio project has a place for. Not for its tasks."""

from dataclasses import dataclass

from wildwear.datasets.formats.xml_documents import elements_of
from wildwear.errors import DatasetError
from wildwear.taxonomy import category_named

NAME = "the labelling interface"
IMAGE, OUTLINES, PAINTED = "Image", "PolygonLabels", "BrushLabels"


@dataclass(frozen=True)
class Place:
    """Where garments of a category are drawn.

    Attributes:
        tag: the name of what draws there.
        is_painted: whether that is a brush; else it is an outline.
        label: what the category is called.
    """

    tag: str
    is_painted: bool
    label: str


@dataclass(frozen=True)
class Interface:
    """Where the garments of a photo are drawn.

    Attributes:
        image: the name of what shows the photo.
        field: of a task, which says where the photo lies.
        places: by category id.
    """

    image: str
    field: str
    places: dict[int, Place]


def read_interface(text: str) -> Interface:
    """What an interface has a place for: of its first image that has any, and of a category the first.

    Args:
        text: its XML.

    Raises:
        DatasetError: it is malformed, or has a place for no garment.
    """
    tags = list(elements_of([text.encode()], NAME, "View", {IMAGE, OUTLINES, PAINTED}))
    for image in (tag for tag in tags if tag.tag == IMAGE):
        places: dict[int, Place] = {}
        for tag in tags:
            if tag.tag == IMAGE or tag.get("toName") != image.get("name"):
                continue
            for label in tag.iter("Label"):
                called = label.get("value", "")
                if found := category_named(called):
                    place = Place(tag.get("name", ""), tag.tag == PAINTED, called)
                    places.setdefault(found.id, place)
        if places:
            return Interface(image.get("name", ""), image.get("value", "").removeprefix("$"), places)
    raise DatasetError(
        f"{NAME}: has no {OUTLINES} or {PAINTED} of an {IMAGE} with labels that are called as categories of "
        "garments; `wildwear taxonomy` lists them"
    )

"""What the attributes of VIA are as fields of COCO records, and back. For the files see `reading.py`.

An attribute becomes a field of the same name and a field an attribute, so that whatever one side holds the
other shows; lists and objects stand in an attribute as JSON. What an attribute said in a way that its field
does not keep ("400" for 400, checkboxes for "0_3") is kept beside the record, and written again as long as it
still says what the field says.
"""

import re
from typing import Any

import msgspec

from wildwear.datasets.documents import encode_json
from wildwear.datasets.formats import shapes
from wildwear.datasets.formats.shapes import FieldError
from wildwear.datasets.stream import Record
from wildwear.datasets.terms import PEOPLE

INSTANCE = "instance"  # the region attribute that several polygons of one instance share
SIDES = ("width", "height")
MEASURED = "measured"  # beside the record: its sides are those of the photo, no attributes said them

# What COCO means by these names is not what an attribute of the same name would say.
OF_IMAGES = {"id", "file_name", *SIDES, "via"}
OF_ANNOTATIONS = {"id", "image_id", "category_id", "segmentation", "bbox", "area", "iscrowd", "via"}
KEYPOINTS = {"keypoints": list, "num_keypoints": int}  # a text of this name is something else
CROWD = {"": 0, "0": 0, "false": 0, "1": 1, "true": 1}

ID = re.compile(r"0|[1-9][0-9]{0,8}")


class Naming:
    """Which values of a region attribute stand for which categories.

    Args:
        attribute: its name.
        names: the name of a category for each value; several values may have one.
        categories: the category records, of which some may have no value yet.
    """

    def __init__(self, attribute: str, names: dict[str, str], categories: list[Record]) -> None:
        self.attribute = attribute
        self.names = dict(names)
        self.categories = categories
        self.ids: dict[str, int] = {category["name"]: category["id"] for category in categories}
        self.values: dict[int, str] = {}  # the first value of each category
        for value, name in names.items():
            self.values.setdefault(self.ids[name], value)

    @classmethod
    def of(cls, attribute: str, texts: dict[str, str]) -> tuple["Naming", str | None]:
        """The categories of these values, whose names are the texts, and their `label_set`. Where not all are
        of the 30, whole numbers stay the ids that they are."""
        are_ids = all(ID.fullmatch(value) for value in texts)
        otherwise: dict[str, int] = {}
        for value, text in texts.items():
            otherwise.setdefault(text, int(value) if are_ids else len(otherwise) + 1)
        ids, categories, label_set = shapes.named_categories(texts.values(), otherwise)
        names = {category["id"]: category["name"] for category in categories}
        named = {value: names[ids[text]] for value, text in texts.items()}
        return cls(attribute, named, categories), label_set

    def category(self, region: Record) -> int | None:
        """The category's id, None for a region that says none."""
        name = self.names.get(value_of(region["region_attributes"].get(self.attribute)))
        return None if name is None else self.ids[name]

    def value(self, category_id: int) -> str:
        """The value for a category: the one that it has, or a new one, its id if that is still free."""
        if category_id not in self.values:
            names = {category["id"]: category["name"] for category in self.categories}
            name = names.get(category_id, str(category_id))
            free = (value for value in (str(category_id), name) if value not in self.names)
            value = next(free, f"{name} {category_id}")
            self.names[value], self.values[category_id], self.ids[name] = name, value, category_id
        return self.values[category_id]


def value_of(value: Any) -> str:
    """The one value of an attribute, as text; empty where it has none or several."""
    if isinstance(value, dict):  # checkboxes
        chosen = [name for name, is_on in value.items() if is_on is True]
        return chosen[0].strip() if len(chosen) == 1 else ""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value).strip()
    return ""


def said(value: Any) -> Any:
    """What the value of an attribute says as a field: JSON what it stands for, all else itself."""
    if isinstance(value, str) and value[:1] in ("[", "{", '"'):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value


def written(name: str, value: Any) -> Any:
    """A field as the value of an attribute: numbers, text and checkboxes as they are, `people` "0_3" or
    ["0", "3"] as the checkboxes that it stands for, lists, objects and text that looks like JSON as JSON.

    Raises:
        ValueError: JSON cannot say it.
    """
    if name == "people" and isinstance(value, list) and PEOPLE.keys() >= set(map(str, value)):
        return dict.fromkeys(map(str, value), True)
    if name == "people" and isinstance(value, str) and value:
        checked = dict.fromkeys(value.split("_"), True)
        return checked if "_".join(sorted(checked)) == value else value
    if name == "iscrowd":
        return str(value)  # as the values of options are
    is_plain = said(value) == value if isinstance(value, str) else not isinstance(value, list | dict)
    if is_plain or (isinstance(value, dict) and are_checkboxes(value)):
        return value
    return encode_json(value).decode()


def are_checkboxes(value: dict[str, Any]) -> bool:
    """Whether an object says of each of its keys whether it is checked."""
    return all(isinstance(is_on, bool) for is_on in value.values())


def image_fields(attributes: Record) -> Record:
    """What file attributes make of an image record: fields of the same names, the size as whole numbers,
    checked `people` joined as in "0_3"."""
    fields = {
        name: said(value) for name, value in attributes.items() if name not in OF_IMAGES and value is not None
    }
    if isinstance(people := fields.pop("people", None), dict):
        people = "_".join(sorted(name for name, is_on in people.items() if is_on))
    if people:
        fields["people"] = people
    sides = {side: shapes.whole(attributes.get(side)) for side in SIDES}
    return fields | (sides if all(sides.values()) else {})


def file_attributes(image: Record, kept: Record) -> Record:
    """The file attributes that the fields of an image record make, `kept` ones where they say the same."""
    fields = {name: value for name, value in image.items() if name in SIDES or name not in OF_IMAGES}
    return renewed(kept, image_fields(kept), fields)


def region_fields(regions: list[Record], attribute: str) -> Record:
    """What the attributes of an instance's regions make of its annotation: fields of the same names, each
    with the first value that a region has. `attribute` names the category and is left out.

    Raises:
        FieldError: `iscrowd` says neither yes nor no.
    """
    fields: Record = {}
    for region in regions:
        for name, value in region["region_attributes"].items():
            if name == "iscrowd" and value is not None:
                if str(value).lower() not in CROWD:
                    raise FieldError("region_attributes.iscrowd", f"expected 0 or 1, found {value!r}")
                fields |= {name: 1} if CROWD[str(value).lower()] else {}
                continue
            field = said(value)
            if name in OF_ANNOTATIONS | {INSTANCE, attribute} or field is None:
                continue
            if isinstance(field, KEYPOINTS.get(name, object)):
                fields.setdefault(name, field)
    return fields


def region_attributes(annotation: Record, kept: Record, then: Record, naming: Naming) -> Record:
    """The attributes of one of an annotation's regions; without a category where the annotation has none yet.

    Args:
        annotation: the record.
        kept: the attributes that this region had before; empty where there was none.
        then: what the regions said before, by `region_fields`.
        naming: of the category.
    """
    own = OF_ANNOTATIONS | {INSTANCE, naming.attribute}
    now = {name: value for name, value in annotation.items() if name not in own}
    attributes = renewed(kept, then, now | ({"iscrowd": 1} if annotation.get("iscrowd") else {}))
    if naming.category({"region_attributes": kept}) != annotation["category_id"]:
        attributes.pop(naming.attribute, None)
        attributes = {naming.attribute: naming.value(annotation["category_id"])} | attributes
    return attributes


def renewed(kept: Record, then: Record, now: Record) -> Record:
    """Attributes for VIA: those `kept`, unless what they said `then` differs from what fields say `now`."""
    attributes = {
        name: value
        for name, value in kept.items()
        if name not in then or (name in now and now[name] == then[name])
    }
    changed = {name: value for name, value in now.items() if name not in then or then[name] != value}
    return attributes | {name: written(name, value) for name, value in changed.items() if value is not None}

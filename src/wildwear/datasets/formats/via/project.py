"""The parts of a VIA project, and what a new one begins with."""

from collections.abc import Mapping

from wildwear.datasets.formats.via.attributes import INSTANCE
from wildwear.datasets.stream import Record
from wildwear.datasets.terms import PEOPLE

METADATA, ORDER = "_via_img_metadata", "_via_image_id_list"
ATTRIBUTES, SETTINGS = "_via_attributes", "_via_settings"
NUMBERED = "numbered"  # in a header's `via`: the keys in that list are numbers
VERSION = {"_via_data_format_version": "2.0.10"}  # that of VIA 2.0.10 and later
ABOUT = "wildwear"  # a setting beside the project's name, as JSON: what else the dataset says of itself
ATTRIBUTE = "clothing"  # the region attribute of the thesis: a dropdown with the category's id as value

# As VIA 2.0.11 itself begins a project (_via_settings in its via.js).
DEFAULT_SETTINGS: Record = {
    "ui": {
        "annotation_editor_height": 25,
        "annotation_editor_fontsize": 0.8,
        "leftsidebar_width": 18,
        "image_grid": {
            "img_height": 80,
            "rshape_fill": "none",
            "rshape_fill_opacity": 0.3,
            "rshape_stroke": "yellow",
            "rshape_stroke_width": 2,
            "show_region_shape": True,
            "show_image_policy": "all",
        },
        "image": {
            "region_label": "__via_region_id__",
            "region_color": "__via_default_region_color__",
            "region_label_font": "10px Sans",
            "on_image_annotation_editor_placement": "NEAR_REGION",
        },
    },
    "core": {"buffer_size": 18, "filepath": {}, "default_filepath": ""},
}


def definition(kind: str, description: str, options: Mapping[str, str]) -> Record:
    """An attribute as VIA defines one that has options, by their values."""
    return {"type": kind, "description": description, "options": {**options}, "default_options": {}}


def text(description: str = "") -> Record:
    """An attribute as VIA defines one that is a text."""
    return {"type": "text", "description": description, "default_value": ""}


JUDGED = {"0": "an instance", "1": "a region that is not judged"}
DEFINITIONS: dict[str, dict[str, Record]] = {
    "region": {
        INSTANCE: text("regions of one instance have the same number"),
        "original_label": text("the label that it had before"),
        "iscrowd": definition("dropdown", "whether it is judged", JUDGED),
    },
    "file": {"people": definition("checkbox", "who is in the photo", PEOPLE)},
}


def inner(record: Record, *keys: str) -> Record:
    """The object under these keys; empty where there is none."""
    for key in keys:
        value = record.get(key)
        record = value if isinstance(value, dict) else {}
    return record

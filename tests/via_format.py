"""What VIA 2 asks of a project, field by field.

Source: via-2.x.y/src/via.js of https://github.com/ox-vgg/via (the developers' copy of gitlab.com/vgg/via):
`project_open_parse_json_file`, `project_import_settings`, `_via_settings`, `VIA_ATTRIBUTE_TYPE`,
`VIA_REGION_SHAPE`, `attribute_property_reset_new_entry_inputs`; and "Description of VIA Project JSON File" in
its CodeDoc.md.
"""

from typing import Any

from wildwear.datasets.formats.via.project import DEFAULT_SETTINGS

Record = dict[str, Any]
NUMBERS = (int, float)
SHAPES = {
    "rect": ("x", "y", "width", "height"),
    "circle": ("cx", "cy", "r"),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "point": ("cx", "cy"),
    "polygon": (),
    "polyline": (),
}
TYPES = {"text", "checkbox", "radio", "image", "dropdown"}


def assert_via_opens(document: Record) -> None:
    """Assert that VIA opens a project, discards no photo of it, and finds each value among its options."""
    assert document.keys() >= {"_via_settings", "_via_img_metadata", "_via_attributes", "_via_image_id_list"}
    assert document["_via_data_format_version"] == "2.0.10"
    photos, listed = document["_via_img_metadata"], document["_via_image_id_list"]
    # VIA looks up each listed key without asking whether it is there, and shows no other.
    assert sorted(map(str, listed)) == sorted(photos)
    assert_settings(document["_via_settings"])
    assert document["_via_attributes"].keys() == {"region", "file"}
    for definitions in document["_via_attributes"].values():
        for definition in definitions.values():
            assert_definition(definition)
    for key, photo in photos.items():
        assert key not in ("", "__proto__", "constructor", "prototype")
        assert_photo(photo, document["_via_attributes"])


def assert_settings(settings: Record) -> None:
    """VIA copies what it finds into its own, two objects deep, and stops at objects it does not know."""
    assert settings.keys() <= {"ui", "core", "project"}
    own = {**DEFAULT_SETTINGS, "project": {}}
    for part, values in settings.items():
        for name, value in values.items():
            if isinstance(value, dict):
                assert isinstance(own[part].get(name), dict), f"{part}.{name}"
                assert not any(isinstance(inner, dict) for inner in value.values())
            known = own[part].get(name)
            if isinstance(known, int | float):
                assert isinstance(value, NUMBERS), f"{part}.{name}"
            elif known is not None:
                assert isinstance(value, type(known)), f"{part}.{name}"
    assert isinstance(settings["core"]["default_filepath"], str)
    assert isinstance(settings["project"]["name"], str)


def assert_definition(definition: Record) -> None:
    assert definition["type"] in TYPES
    assert isinstance(definition["description"], str)
    if definition["type"] == "text":
        assert isinstance(definition["default_value"], str)
        return
    assert all(isinstance(text, str) for text in definition["options"].values())
    assert definition["default_options"].keys() <= definition["options"].keys()
    assert all(isinstance(is_on, bool) for is_on in definition["default_options"].values())


def assert_photo(photo: Record, definitions: Record) -> None:
    assert photo.keys() >= {"filename", "size", "regions", "file_attributes"}
    assert isinstance(photo["filename"], str)
    assert photo["filename"]
    assert type(photo["size"]) is int
    assert photo["size"] >= -1
    assert isinstance(photo["regions"], list)
    assert_values(photo["file_attributes"], definitions["file"])
    for region in photo["regions"]:
        shape = region["shape_attributes"]
        assert all(isinstance(shape[field], NUMBERS) for field in SHAPES[shape["name"]])
        if shape["name"] in ("polygon", "polyline"):
            across, down = shape["all_points_x"], shape["all_points_y"]
            assert len(across) == len(down) > (2 if shape["name"] == "polygon" else 0)
            assert all(isinstance(value, NUMBERS) for value in [*across, *down])
        assert_values(region["region_attributes"], definitions["region"])


def assert_values(values: Record, definitions: Record) -> None:
    for name, value in values.items():
        kind = definitions[name]["type"]
        if kind == "checkbox":
            assert value.keys() <= definitions[name]["options"].keys()
            assert all(is_on is True or is_on is False for is_on in value.values())
        elif kind == "text":
            assert isinstance(value, str | int | float), name
        else:
            assert value == "" or value in definitions[name]["options"], name

"""Small VIA projects, made by hand."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from wildwear.via import Project

Record = dict[str, Any]
SQUARE = {"name": "polygon", "all_points_x": [2, 8, 8, 2], "all_points_y": [1, 1, 6, 6]}


def region(**attributes: Any) -> Record:
    """A square region; `unknown` is a field that nobody knows."""
    return {"shape_attributes": deepcopy(SQUARE), "region_attributes": attributes, "unknown": 1}


def photo(filename: str, *regions: Record, size: int = 7, **attributes: Any) -> Record:
    """A photo's record; `fileref` is a field that other programs write."""
    record = {"filename": filename, "size": size, "regions": [*regions], "file_attributes": attributes}
    return record | {"fileref": ""}


def hats(*names: str) -> list[Record]:
    """Photos of these names with a hat each."""
    return [photo(name, region(clothing="1")) for name in names]


def dropdown(**options: str) -> Record:
    return {"type": "dropdown", "description": "", "options": options, "default_options": {}}


def document(*photos: Record, keys: list[str] | None = None, name: str = "mine") -> Record:
    """A project; keys are those that VIA makes, unless others are named."""
    keys = keys or [f"{one['filename']}{one['size']}" for one in photos]
    return {
        "_via_settings": {"ui": {"odd": 3}, "core": {"default_filepath": ""}, "project": {"name": name}},
        "_via_img_metadata": dict(zip(keys, photos, strict=True)),
        "_via_attributes": {"region": {"clothing": dropdown(**{"1": "hat", "2": "bag"})}, "file": {}},
        "_via_data_format_version": "2.0.10",
        "_via_image_id_list": list(keys),
        "_of_another_program": [1, 2],
    }


def written(folder: Path, content: Any, name: str = "project.json") -> Path:
    """A file with this content."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content))
    return folder / name


def project(content: Record, name: str = "project.json") -> Project:
    """A project that was read from nowhere."""
    return Project(Path(name), content)

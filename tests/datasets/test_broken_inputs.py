"""Broken inputs: whatever is wrong with a file, every command that reads it says so with the file and the
field, ends with a code other than 0, writes nothing, and leaves the input as it was.

They are real files in which one thing is broken.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wildwear.cli.app import main
from wildwear.datasets import Dataset
from wildwear.datasets.formats import FORMATS
from wildwear.datasets.stream import Conversion
from wildwear.files import sha256

Document = dict[str, Any]
Make = Callable[[Path, Path], Path]
"""Puts a broken input into a folder, from the folder of real files, and returns what is to be read."""

COMMANDS: dict[str, list[str]] = {
    "convert": ["data", "convert", "IN", "OUT", "--to", "coco"],
    "map": ["data", "map", "IN", "OUT", "--map", "modanet"],
    "health": ["data", "health", "IN"],
}


@cache
def few_photos(path: Path, count: int = 3) -> str:
    """A COCO file cut to its first photos, as JSON."""
    dataset = Dataset.load(path)
    return json.dumps(dataset.restricted_to(dataset.images[:count]).document)


def coco(spoil: Callable[[Document], Any], source: str = "fixtures/modanet/instances_val.json") -> Make:
    """A COCO file of three photos, one thing in it spoilt."""

    def make(shared: Path, folder: Path) -> Path:
        document = json.loads(few_photos(shared / source))
        spoil(document)
        (folder / "set.json").write_text(json.dumps(document))
        return folder / "set.json"

    return make


def rle(**fields: Any) -> Make:
    """A COCO file of RLE masks, the first with other fields."""
    return coco(lambda d: d["annotations"][0]["segmentation"].update(fields), "data/wild30/wild30.json")


def content(spoil: Callable[[bytes], bytes]) -> Make:
    """A COCO file whose bytes are spoilt."""

    def make(shared: Path, folder: Path) -> Path:
        sound = few_photos(shared / "fixtures" / "modanet" / "instances_val.json").encode()
        (folder / "set.json").write_bytes(spoil(sound))
        return folder / "set.json"

    return make


def via(spoil: Callable[[Document], Any]) -> Make:
    """A VIA project; `spoil` gets its first photo."""

    def make(shared: Path, folder: Path) -> Path:
        project = json.loads((shared / "fixtures" / "via" / "shorts" / "via_region_data.json").read_text())
        spoil(project["_via_img_metadata"]["shorts1.jpeg25544"])
        (folder / "project.json").write_text(json.dumps(project))
        return folder / "project.json"

    return make


def deepfashion2(spoil: Callable[[Document], Any]) -> Make:
    """A DeepFashion2 folder of one annotation file."""

    def make(shared: Path, folder: Path) -> Path:
        annotation = json.loads(
            (shared / "fixtures" / "deepfashion2" / "native" / "annos" / "000001.json").read_text()
        )
        spoil(annotation)
        (folder / "annos").mkdir()
        (folder / "annos" / "000001.json").write_text(json.dumps(annotation))
        return folder

    return make


def written(name: str, file: str, spoil: Callable[[str], str]) -> Make:
    """Three photos written in another format, and one of the files spoilt."""

    def make(shared: Path, folder: Path) -> Path:
        document = json.loads(few_photos(shared / "fixtures" / "modanet" / "instances_val.json"))
        format_ = FORMATS[name]
        assert format_.write is not None
        target = folder / f"set{format_.suffix or ''}"
        format_.write(Dataset(document).stream(), target, Conversion())
        broken = target / file if file else target
        assert broken.is_file(), sorted(path.relative_to(folder) for path in folder.rglob("*"))
        broken.write_text(spoil(broken.read_text()))
        return target

    return make


def nothing_there(shared: Path, folder: Path) -> Path:
    return folder / "nowhere.json"


def empty_folder(shared: Path, folder: Path) -> Path:
    (folder / "set.json").mkdir()
    return folder / "set.json"


def unreadable(shared: Path, folder: Path) -> Path:
    path = coco(lambda document: None)(shared, folder)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read any file")
    return path


def put(section: str, index: int, **fields: Any) -> Make:
    return coco(lambda document: document[section][index].update(fields))


def drop(section: str, index: int, field: str) -> Make:
    return coco(lambda document: document[section][index].pop(field))


def shape(**fields: Any) -> Make:
    return via(lambda photo: photo["regions"][0]["shape_attributes"].update(fields))


NAN = float("nan")
DEEP = b"[" * 90_000 + b"]" * 90_000
LABELME = "1019871.json"
LABELS = "labels/1019871.txt"
POLYGON = "annotations[0].segmentation[0]"
BROKEN: list[tuple[str, Make, str]] = [
    # What is no file of JSON
    ("no file", nothing_there, "nowhere.json: no such file"),
    ("a folder", empty_folder, "set.json: "),
    ("unreadable", unreadable, "set.json: cannot be read: Permission denied"),
    ("empty", content(lambda sound: b""), "set.json: is not JSON"),
    ("truncated", content(lambda sound: sound[: len(sound) // 2]), "set.json: is not JSON"),
    ("a list", content(lambda sound: b"[" + sound + b"]"), "set.json: "),
    ("text", content(lambda sound: b"0 0.5 0.5 0.1 0.1"), "set.json: is not JSON"),
    ("not UTF-8", content(lambda sound: sound.replace(b".jpg", b"\xff.jpg")), "set.json: is not JSON"),
    ("deep", content(lambda sound: sound[:-1] + b', "x": ' + DEEP + b"}"), "set.json: "),
    # COCO
    ("no annotations", coco(lambda d: d.pop("annotations")), "set.json: annotations: expected a list"),
    ("no categories", coco(lambda d: d.pop("categories")), "set.json: categories: expected a list"),
    ("annotations are no list", coco(lambda d: d.update(annotations={})), "annotations: expected a list"),
    ("no file name", drop("images", 1, "file_name"), "images[1].file_name"),
    ("text as width", put("images", 1, width="400"), "images[1]"),
    ("text as id", put("annotations", 0, id="7"), "annotations[0].id"),
    ("NaN as id", put("annotations", 0, id=NAN), "annotations[0].id"),
    ("an id twice", coco(lambda d: d["annotations"].append(d["annotations"][0])), "annotations[20].id"),
    ("an image twice", coco(lambda d: d["images"].append({**d["images"][0], "width": 1})), "images[3].id"),
    ("no such image", put("annotations", 0, image_id=-1), "annotations[0].image_id"),
    ("no such category", put("annotations", 0, category_id=99), "annotations[0].category_id"),
    ("NaN in a box", put("annotations", 0, bbox=[1, 2, NAN, 4]), "annotations[0].bbox"),
    ("half a box", put("annotations", 0, bbox=[1, 2]), "annotations[0].bbox"),
    ("two points", put("annotations", 0, segmentation=[[1, 1, 9, 9]]), POLYGON),
    ("odd", put("annotations", 0, segmentation=[[1, 1, 9, 9, 1, 9, 4]]), POLYGON),
    ("NaN in a polygon", put("annotations", 0, segmentation=[[1, NAN, 9, 9, 1, 9]]), POLYGON),
    ("text in a polygon", put("annotations", 0, segmentation=[[1, "x", 9, 9, 1, 9]]), POLYGON),
    ("a number as mask", put("annotations", 0, segmentation=5), "annotations[0].segmentation"),
    ("the size of another photo", rle(size=[5, 5]), "annotations[0].segmentation"),
    ("no counts", rle(counts=None), "annotations[0].segmentation"),
    ("climbing", put("images", 1, file_name="../../passwd"), "images[1].file_name"),
    ("absolute", put("images", 1, file_name="/etc/passwd"), "images[1].file_name"),
    # VIA
    ("VIA: no attribute", via(lambda p: p["regions"][0].update(region_attributes={})), "shorts1.jpeg"),
    ("VIA: no shape", via(lambda p: p["regions"][0].pop("shape_attributes")), "regions[0].shape_attributes"),
    ("VIA: two points", shape(all_points_x=[1, 2], all_points_y=[1, 2]), "regions[0].shape_attributes"),
    ("VIA: a y is missing", shape(all_points_y=[1, 2, 3]), "regions[0].shape_attributes"),
    ("VIA: text as x", shape(all_points_x=["a"] * 9), "regions[0].shape_attributes.all_points_x"),
    ("VIA: climbing", via(lambda p: p.update(filename="../../x.jpg")), "shorts1.jpeg25544"),
    # DeepFashion2
    ("DeepFashion2: no category", deepfashion2(lambda a: a["item1"].pop("category_id")), "item1.category_id"),
    ("DeepFashion2: no such", deepfashion2(lambda a: a["item1"].update(category_id=14)), "item1.category_id"),
    ("DeepFashion2: no mask", deepfashion2(lambda a: a["item1"].pop("segmentation")), "item1.segmentation"),
    # YOLO and others
    ("YOLO: class 99", written("yolo", LABELS, lambda text: "99" + text[1:]), "1019871.txt"),
    ("YOLO: no numbers", written("yolo", LABELS, lambda text: "0 a b c d e f"), "1019871.txt"),
    ("YOLO: no names", written("yolo", "data.yaml", lambda text: "names: 5"), "data.yaml"),
    ("CVAT: truncated", written("cvat", "", lambda text: text[: len(text) // 2]), "set.xml"),
    ("LabelMe: no points", written("labelme", LABELME, lambda text: text.replace("points", "dots")), LABELME),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message", "command"),
    [
        pytest.param(make, message, command, id=f"{name}-{command}")
        for name, make, message in BROKEN
        for command in COMMANDS
    ],
)
def test_a_broken_input_is_one_clear_message_and_nothing_else(
    make: Make,
    message: str,
    command: str,
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    source = make(shared, folder)
    before = contents(folder)
    places = {"IN": str(source), "OUT": str(out / "set.json")}
    monkeypatch.setattr(sys, "argv", ["wildwear", *(places.get(word, word) for word in COMMANDS[command])])
    with pytest.raises(SystemExit) as ended:
        main()
    said = "".join(capsys.readouterr())
    assert ended.value.code == 1, said
    assert message in said
    assert contents(folder) == before
    assert list(out.iterdir()) == []


def contents(folder: Path) -> dict[Path, str]:
    """What lies in a folder, by the SHA-256 of each file."""
    return {
        path: sha256(path) if path.is_file() and os.access(path, os.R_OK) else ""
        for path in folder.rglob("*")
    }


def test_there_are_twenty_of_them_at_least() -> None:
    assert len({make for _, make, _ in BROKEN}) >= 20

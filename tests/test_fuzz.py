"""Three hundred damaged files, always the same: none ends in a traceback, hangs, takes gigabytes or loses
anything without a word.

They are small sound files, each with a few bytes or a few values changed.
"""

from __future__ import annotations

import json
import pickle
import random
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from damaged_files import damaged, pictures
from made_datasets import make_dataset
from tiny_model import CARD, build_tiny_model
from wildwear import inference
from wildwear.datasets import Conversion, convert
from wildwear.datasets.formats import FORMATS, ccp, guess
from wildwear.datasets.health.check import check, mend
from wildwear.datasets.stream import Record
from wildwear.errors import WildwearError
from wildwear.imaging import photo_size, read_photo
from wildwear.taxonomy import maps

IMAGES, ANNOTATIONS, MODELS, WEIGHTS = 110, 130, 30, 30
SECONDS = 5.0  # of the processor, that one file may take; usual are milliseconds
MEMORY = 600_000_000  # bytes that all of a kind together may take more than before
HOSTILE: list[Any] = [
    None, True, -1, 0, 1e308, -1e-308, 2**31, 2**63, 10**40, 10**400, float("nan"), float("inf"),
    "", "x", "1", "../../etc/passwd", "/etc/passwd", "a\0b", "\x1b]0;owned\x07", "\ud800", "é" * 300,
    [], {}, [[]], [None], [1, "x"], {"name": None}, [[0, 0, 1e300, 0, 0, 1e300]],
]  # fmt: skip


@contextmanager
def limited() -> Iterator[None]:
    """Fail where the processor works longer than it should."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"took more than {SECONDS} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def memory(field: str) -> int:
    """Bytes of this process: VmRSS now, VmHWM at most."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"{field}:\s+(\d+)", status)
    assert found
    return int(found[1]) * 1024


@contextmanager
def flat_memory() -> Iterator[None]:
    """Fail where more memory was needed than small files can have a use for."""
    if not Path("/proc/self/clear_refs").exists():  # only Linux measures this
        yield
        return
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is forgotten
    before = memory("VmRSS")
    yield
    assert memory("VmHWM") - before < MEMORY


def place(document: Any, chance: random.Random) -> tuple[Any, Any]:
    """Somewhere in a JSON document, its upper parts as likely as its many leaves: what holds it, and its key
    or index there."""
    holder, key = None, None
    value = document
    while isinstance(value, (dict, list)) and value and (holder is None or chance.random() < 0.75):
        holder, key = value, chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        value = holder[key]
    return holder, key


def rewritten(text: str, chance: random.Random) -> str:
    """A JSON document of which a few values are others, or missing."""
    document = json.loads(text)
    for _ in range(chance.randint(1, 3)):
        holder, key = place(document, chance)
        if holder is None:
            break
        if chance.random() < 0.2:
            del holder[key]
        else:
            holder[key] = deepcopy(chance.choice(HOSTILE))
    return json.dumps(document)


def test_damaged_images_are_photos_or_refused() -> None:
    chance = random.Random(1)
    sound = pictures()
    with flat_memory():
        for number in range(IMAGES):
            broken = damaged(sound[number % len(sound)], chance)
            for read in (photo_size, read_photo):
                with limited(), suppress(WildwearError):
                    read(broken)


def write_sound(folder: Path) -> dict[str, Path]:
    """A small dataset in the formats that can be written, and others as public sets are: the folder of each,
    by name."""
    photos = [("1.jpg", ["top", "jeans"]), ("2.jpg", ["coat", "bag"]), ("3.jpg", [])]
    dataset = make_dataset(folder / "coco" / "set.json", photos)
    assert dataset.path is not None
    images = folder / "coco" / "images"
    for name in ("via", "yolo", "labelme", "label-studio", "cvat", "voc"):
        shutil.copytree(images, folder / name / "images")
        target = folder / name / f"set{FORMATS[name].suffix or ''}"
        convert(dataset.path, target, FORMATS["coco"], FORMATS[name], Conversion(images=images))
    for public in (write_modanet, write_fashionpedia, write_deepfashion2, write_ccp):
        public(folder / public.__name__.removeprefix("write_") / "set")
    return {path.name: path for path in folder.iterdir()}


def coco_document(categories: list[Record], annotation: Record) -> Record:
    """Two photos with two garments each, the last of the second not judged."""
    images = [{"id": number, "file_name": f"{number}.jpg", "width": 40, "height": 40} for number in (1, 2)]
    shape = {"segmentation": [[4, 4, 20, 4, 20, 30, 4, 30]], "bbox": [4, 4, 16, 26], "area": 416}
    annotations = [
        {
            "id": number,
            "image_id": 1 + number // 2,
            "category_id": categories[number]["id"],
            **shape,
            **annotation,
        }
        | {"iscrowd": int(number == 3)}
        for number in range(4)
    ]
    return {"info": {"year": 2019}, "images": images, "annotations": annotations, "categories": categories}


def write_modanet(path: Path) -> None:
    """A file in ModaNet's categories."""
    path.parent.mkdir()
    labels = [rule.label for rule in maps.load("modanet").rules]
    categories = [{"id": number, "name": label} for number, label in enumerate(labels, start=1)]
    path.with_suffix(".json").write_text(json.dumps(coco_document(categories, {})))


def write_fashionpedia(path: Path) -> None:
    """A file with attributes and a part, as Fashionpedia has them."""
    path.parent.mkdir()
    names = {"jacket": "upperbody", "dress": "wholebody", "sleeve": "garment parts", "bag, wallet": "others"}
    categories = [
        {"id": number, "name": name, "supercategory": above, "level": 2, "taxonomy_id": f"obj{number}"}
        for number, (name, above) in enumerate(names.items())
    ]
    attributes = [
        {"id": 3, "name": "mini (length)", "supercategory": "length", "level": 1, "taxonomy_id": "a3"}
    ]
    document = coco_document(categories, {"attribute_ids": [3]}) | {"attributes": attributes}
    path.with_suffix(".json").write_text(json.dumps(document))


def write_deepfashion2(path: Path) -> None:
    """A folder with a file a photo, and one photo beside them."""
    (path / "annos").mkdir(parents=True)
    (path / "image").mkdir()
    item = {"segmentation": [[4, 4, 20, 4, 20, 30, 4, 30]], "bounding_box": [4, 4, 20, 30], "style": 1}
    item |= {"category_id": 8, "category_name": "trousers", "landmarks": [4, 4, 2, 20, 4, 1] + [0, 0, 0] * 12}
    item |= {"scale": 2, "occlusion": 1, "zoom_in": 3, "viewpoint": 2}
    for number, items in ((1, ["item1", "item2"]), (2, ["item1"])):
        document = {"source": "user", "pair_id": 5} | dict.fromkeys(items, item)
        (path / "annos" / f"00000{number}.json").write_text(json.dumps(document))
    Image.new("RGB", (40, 40)).save(path / "image" / "000001.jpg")


def write_ccp(path: Path) -> None:
    """A folder with a label map a photo."""
    (path / ccp.LABEL_MAPS).mkdir(parents=True)
    labels = np.empty((1, 4), object)
    labels[0] = ["null", "bag", "skin", "coat"]
    savemat(path / ccp.LABELS, {"label_list": labels})
    for number in (1, 2):
        label_map = np.kron([[0, 1], [2, 3]], np.ones((6, 8))).astype(np.uint8)
        savemat(path / ccp.LABEL_MAPS / f"000{number}.mat", {"groundtruth": label_map})


def damage_one_file(folder: Path, chance: random.Random) -> None:
    """Damage one of the files that are no photos."""
    suffixes = (".json", ".jsonl", ".xml", ".txt", ".yaml", ".mat")
    path = chance.choice(sorted(path for path in folder.rglob("*") if path.suffix in suffixes))
    if path.suffix == ".json" and chance.random() < 0.7:
        path.write_text(rewritten(path.read_text(), chance))
    else:
        path.write_bytes(damaged(path.read_bytes(), chance))


def contents(path: Path) -> tuple[int, int]:
    """How many photos and annotations a COCO file holds."""
    document = json.loads(path.read_text())
    return len(document["images"]), len(document["annotations"])


def test_damaged_annotations_are_read_or_refused_and_nothing_is_lost_in_silence(tmp_path: Path) -> None:
    chance = random.Random(2)
    sound = write_sound(tmp_path / "sound")
    assert {name: guess(next(folder.glob("set*"))).name for name, folder in sound.items()} == {
        name: name for name in FORMATS
    }
    strict, lenient = tmp_path / "strict.json", tmp_path / "lenient.json"
    with flat_memory():
        for number in range(ANNOTATIONS):
            name = sorted(sound)[number % len(sound)]
            folder = tmp_path / "damaged"
            shutil.copytree(sound[name], folder)
            damage_one_file(folder, chance)
            source = next(folder.glob("set*"))
            read = FORMATS[name]
            said = Conversion(skip_malformed=True)
            with limited(), suppress(WildwearError):
                convert(source, lenient, read, FORMATS["coco"], said, overwrite=True)
            with limited(), suppress(WildwearError):
                convert(source, strict, read, FORMATS["coco"], Conversion(), overwrite=True)
            if lenient.exists() and strict.exists() and not said.left_out:
                assert contents(lenient) == contents(strict)  # what is left out is said
            assert not (
                lenient.exists() and not strict.exists() and not said.left_out
            )  # as is what is malformed
            with limited(), suppress(WildwearError):
                mend(check([source], format_name=name), lambda report: tmp_path / "mended.json")
            for path in (strict, lenient):
                path.unlink(missing_ok=True)
            shutil.rmtree(folder)


def test_damaged_models_are_loaded_or_refused(tmp_path: Path) -> None:
    chance = random.Random(3)
    content = build_tiny_model(CARD)
    path = tmp_path / "model.onnx"
    with flat_memory():
        for _ in range(MODELS):
            path.write_bytes(damaged(content, chance))
            with limited(), suppress(WildwearError):
                inference.load(path)


def test_damaged_weights_are_read_or_refused(tmp_path: Path) -> None:
    torch_files = pytest.importorskip("safetensors.torch", reason="needs the extra train")
    from torch import zeros

    from wildwear.models.checkpoints import read_facts
    from wildwear.models.config import ModelConfig
    from wildwear.models.pickles import read_arrays

    chance = random.Random(4)
    header = {"wildwear": json.dumps({"config": ModelConfig().model_dump()})}
    arrays = {"model": {"a": np.zeros(3, np.float32)}, "names": ["a", "b"] * 3}
    sound: list[tuple[bytes, Callable[[Path], Any]]] = [
        (torch_files.save({"a": zeros(3)}, metadata=header), read_facts),
        (pickle.dumps(arrays), read_arrays),
    ]
    path = tmp_path / "weights"
    with flat_memory():
        for number in range(WEIGHTS):
            content, read = sound[number % 2]
            path.write_bytes(damaged(content, chance))
            with limited(), suppress(WildwearError):
                read(path)


def test_there_are_three_hundred_of_them() -> None:
    assert IMAGES + ANNOTATIONS + MODELS + WEIGHTS == 300

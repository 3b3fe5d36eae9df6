"""DeepFashion2 in its own layout: a file a photo, landmarks among 294 keypoints, and back item by item."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from wildwear import imaging
from wildwear.datasets import Conversion, Dataset, convert
from wildwear.datasets.formats import FORMATS, coco, deepfashion2, guess
from wildwear.errors import DatasetError, OutputError

Record = dict[str, Any]


def item(**fields: Any) -> Record:
    """A pair of trousers with 14 landmarks, of which one is visible and one hidden."""
    return {
        "segmentation": [[10, 10, 30, 10, 30, 40, 10, 40]],
        "bounding_box": [8, 9, 30, 41],
        "category_id": 8,
        "category_name": "trousers",
        "landmarks": [10, 10, 2, 30, 10, 1] + [0, 0, 0] * 12,
        "scale": 2,
        "occlusion": 1,
        "zoom_in": 3,
        "viewpoint": 2,
        "style": 4,
        **fields,
    }


def annotated(**fields: Any) -> Record:
    """What the file of a photo holds."""
    return {"source": "user", "pair_id": 5, "item1": item(), **fields}


def made(folder: Path, files: dict[str, Any], photos: dict[str, tuple[int, int]] | None = None) -> Path:
    """A dataset folder: documents by file name, and the widths and heights of photos."""
    (folder / "annos").mkdir(parents=True)
    for name, document in files.items():
        (folder / "annos" / name).write_text(document if isinstance(document, str) else json.dumps(document))
    for name, size in (photos or {}).items():
        (folder / "image").mkdir(exist_ok=True)
        Image.new("RGB", size).save(folder / "image" / name)
    return folder


@pytest.fixture
def native(shared: Path) -> Path:
    return shared / "fixtures" / "deepfashion2" / "native"


# --- the real file


def test_the_published_file_comes_in_item_by_item(native: Path) -> None:
    source = json.loads((native / "annos" / "000001.json").read_text())
    dataset = Dataset.read(native)
    assert dataset.images == [
        {"id": 1, "file_name": "000001.jpg", "width": None, "height": None, "source": "wild", "pair_id": 1}
    ]
    assert dataset.mask_convention == "with_hidden"
    assert dataset.info["label_set"] == "deepfashion2"
    names = {category["id"]: category["name"] for category in dataset.categories}
    for annotation, name in zip(dataset.annotations, ("item1", "item2"), strict=True):
        original = source[name]
        left, top, right, bottom = original["bounding_box"]
        assert names[annotation["category_id"]] == original["category_name"]
        assert annotation["bbox"] == [left, top, right - left, bottom - top]
        for field in ("segmentation", "category_id", "scale", "occlusion", "zoom_in", "viewpoint", "style"):
            assert annotation[field] == original[field]
        assert annotation["pair_id"] == 1
        assert annotation["num_keypoints"] == sum(v > 0 for v in original["landmarks"][2::3])


def test_the_published_file_goes_out_again_as_it_was(native: Path, tmp_path: Path) -> None:
    there, back = tmp_path / "there.json", tmp_path / "back"
    convert(native, there, guess(native), FORMATS["coco"], Conversion())
    convert(there, back, FORMATS["coco"], FORMATS["deepfashion2"], Conversion())
    assert [path.relative_to(back).as_posix() for path in back.rglob("*.*")] == ["annos/000001.json"]
    original = json.loads((native / "annos" / "000001.json").read_text())
    assert json.loads((back / "annos" / "000001.json").read_text()) == original


def test_its_own_coco_file_is_read_as_coco_and_written_as_native_files(shared: Path, tmp_path: Path) -> None:
    source = shared / "fixtures" / "deepfashion2" / "coco" / "deepfasion2.json"
    assert guess(source) is FORMATS["coco"]
    convert(source, tmp_path / "native", FORMATS["coco"], FORMATS["deepfashion2"], Conversion())
    original = {a["image_id"]: a for a in json.loads(source.read_text())["annotations"]}
    for annotation in Dataset.read(tmp_path / "native").annotations:
        expected = original[annotation["image_id"]]
        for field in (
            "category_id",
            "bbox",
            "keypoints",
            "num_keypoints",
            "segmentation",
            "style",
            "pair_id",
        ):
            assert annotation[field] == expected[field], field


def test_landmarks_are_where_its_own_script_puts_them(shared: Path, tmp_path: Path) -> None:
    """Its COCO file shows the run of category 11; all runs follow one another without a gap."""
    runs = [0, 25, 58, 89, 128, 143, 158, 168, 182, 190, 219, 256, 275, 294]
    for category_id in range(1, 14):
        count = runs[category_id] - runs[category_id - 1]
        landmarks = [value for point in range(count) for value in (point + 1, 7, 2)]
        folder = made(
            tmp_path / str(category_id),
            {
                "000001.json": annotated(
                    item1=item(category_id=category_id, landmarks=landmarks, category_name=None)
                )
            },
        )
        (annotation,) = Dataset.read(folder).annotations
        keypoints = annotation["keypoints"]
        assert len(keypoints) == 882
        assert keypoints[3 * runs[category_id - 1] : 3 * runs[category_id]] == landmarks
        assert sum(keypoints) == sum(landmarks)
        assert annotation["num_keypoints"] == count
    document = json.loads((shared / "fixtures/deepfashion2/coco/deepfasion2.json").read_text())
    for annotation in document["annotations"]:
        used = [point for point in range(294) if any(annotation["keypoints"][3 * point : 3 * point + 3])]
        assert (annotation["category_id"], used[0], used[-1]) == (11, runs[10], runs[11] - 1)


def test_every_category_has_294_keypoints_and_no_skeleton(native: Path) -> None:
    categories = Dataset.read(native).categories
    assert [category["id"] for category in categories] == list(range(1, 14))
    assert categories[10]["name"] == "long sleeve dress"
    for category in categories:
        assert category["keypoints"] == [str(point) for point in range(1, 295)]
        assert category["skeleton"] == []


# --- photos and folders


def test_sizes_come_from_the_headers_of_the_photos_and_areas_from_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = item(segmentation=[[10, 10, 30, 10, 30, 40, 10, 40], [20, 10, 40, 10, 40, 40, 20, 40]])
    photos = {"000001.jpg": (35, 60)}
    folder = made(tmp_path / "set", {"000001.json": annotated(item1=outside)}, photos)
    monkeypatch.setattr(imaging, "read_photo", lambda *_: pytest.fail("decoded a photo"))
    dataset = Dataset.read(folder)
    assert (dataset.images[0]["width"], dataset.images[0]["height"]) == (35, 60)
    (annotation,) = dataset.annotations
    assert annotation["area"] == 25 * 30  # the parts overlap, and the photo ends at 35
    assert annotation["area"] == imaging.area(imaging.as_rle(annotation["segmentation"], (60, 35)))


def test_a_photo_on_its_side_has_the_size_it_is_seen_in(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", {"000001.json": annotated()})
    (folder / "image").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40)).save(folder / "image" / "000001.jpg", exif=exif)
    image = Dataset.read(folder).images[0]
    assert (image["width"], image["height"]) == (40, 60)


def test_photos_that_are_missing_or_damaged_are_counted_and_have_no_size(tmp_path: Path) -> None:
    files = {f"{number:06}.json": annotated() for number in range(1, 4)}
    folder = made(tmp_path / "set", files, {"000001.jpg": (40, 60)})
    (folder / "image" / "000002.jpg").write_bytes(b"no photo")
    conversion = Conversion()
    dataset = Dataset.read(folder, conversion=conversion)
    assert [image["width"] for image in dataset.images] == [40, None, None]
    assert [annotation["area"] for annotation in dataset.annotations] == [600, 600, 600]
    assert conversion.notes[deepfashion2.UNKNOWN_SIZE] == 2
    assert conversion.notes["photos that cannot be read"] == 1


def test_a_photo_without_a_file_of_annotations_is_counted(tmp_path: Path) -> None:
    photos = {f"{number:06}.jpg": (40, 60) for number in range(1, 14)}
    files = {f"{number:06}.json": annotated() for number in range(1, 13)}
    folder = made(tmp_path / "set", files, photos)
    conversion = Conversion()
    assert len(Dataset.read(folder, conversion=conversion).images) == 12
    assert conversion.notes == {f"photos in {folder / 'image'} without a file of annotations, left out": 1}


@pytest.mark.parametrize("way", ["image", "images", "named"])
def test_photos_are_found_beside_the_annotations_or_where_one_says(tmp_path: Path, way: str) -> None:
    folder = made(tmp_path / "set", {"000001.json": annotated()}, {"000001.jpg": (40, 60)})
    photos = folder / way if way != "named" else tmp_path / "elsewhere"
    (folder / "image").rename(photos)
    conversion = Conversion(images=photos if way == "named" else None)
    assert Dataset.read(folder, conversion=conversion).images[0]["width"] == 40


def test_the_folder_its_annos_and_the_folder_around_it_are_all_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path / "train", {"000007.json": annotated()}, {"000007.jpg": (40, 60)})
    for path in (tmp_path, tmp_path / "train", tmp_path / "train" / "annos"):
        assert guess(path) is FORMATS["deepfashion2"]
        assert Dataset.read(path).images[0]["width"] == 40
    monkeypatch.chdir(tmp_path / "train" / "annos")
    assert Dataset.read(".").images[0]["width"] == 40
    made(tmp_path / "validation", {"000007.json": annotated()})
    with pytest.raises(
        DatasetError, match=r"holds several datasets; name one of them: .*train, .*validation"
    ):
        Dataset.read(tmp_path)


def test_shop_is_street_and_user_is_wild_and_back(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", {"1.json": annotated(source="shop"), "2.json": annotated(source="user")})
    dataset = Dataset.read(folder)
    assert [image["source"] for image in dataset.images] == ["street", "wild"]
    deepfashion2.write(dataset.stream(), tmp_path / "again", Conversion())
    for number, source in ((1, "shop"), (2, "user")):
        assert json.loads((tmp_path / "again" / "annos" / f"{number}.json").read_text())["source"] == source


def test_ids_do_not_depend_on_what_else_is_there(tmp_path: Path) -> None:
    files = {
        "000012.json": annotated(item2=item(), item10=item()),
        "000003.json": annotated(),
        "000100.json": {"source": "shop", "pair_id": 1},
    }
    dataset = Dataset.read(made(tmp_path / "all", files))
    assert [image["id"] for image in dataset.images] == [3, 12, 100]
    assert [annotation["id"] for annotation in dataset.annotations] == [3001, 12001, 12002, 12010]
    alone = Dataset.read(made(tmp_path / "one", {"000012.json": files["000012.json"]}))
    assert [annotation["id"] for annotation in alone.annotations] == [12001, 12002, 12010]


def test_fields_that_are_not_deepfashion2s_are_kept(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", {"1.json": annotated(note="blurred", item1=item(colour="red"))})
    dataset = Dataset.read(folder)
    assert dataset.images[0]["note"] == "blurred"
    assert dataset.annotations[0]["colour"] == "red"


def test_a_large_folder_is_never_held_in_memory(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", {f"{number:06}.json": annotated() for number in range(1, 200)})
    for number in range(100, 200):
        (folder / "annos" / f"{number:06}.json").write_text("broken")
    stream = deepfashion2.read(folder, Conversion())
    assert stream.total == 199
    assert next(iter(stream.photos))[0]["id"] == 1  # the broken files have not been looked at


# --- what is malformed


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"landmarks": [0, 0, 0]},
            r"item2\.landmarks: expected 42 numbers \(x, y and visibility of 14 landmarks of .*\), found 3",
        ),
        ({"landmarks": [0, 0, 7] * 14}, r"item2\.landmarks: expected 0, 1 or 2 as the visibility of each"),
        ({"landmarks": [0, "a", 0] * 14}, r"item2\.landmarks\[1\]: expected int \| float, found str"),
        ({"landmarks": [float("nan"), 0, 0] * 14}, r"item2\.landmarks\[0\] is not a finite number"),
        ({"landmarks": None}, r"item2\.landmarks: expected array, found null"),
        ({"category_id": 14}, r"item2\.category_id: expected 1 to 13, found 14"),
        ({"category_id": "8"}, r"item2\.category_id: expected int, found str"),
        ({"category_name": "skirt"}, r"item2\.category_name: expected 'trousers', the name of category 8"),
        ({"segmentation": []}, r"item2\.segmentation: expected at least one polygon"),
        ({"segmentation": [[1, 1, 5, 5]]}, r"item2\.segmentation\[0\]: has 2 points; a polygon needs"),
        ({"segmentation": [[1, 1, 5, 5, 1, 5, 3]]}, r"item2\.segmentation\[0\]: has 7 numbers, an odd count"),
        (
            {"segmentation": [[1, 1, 5, 5, 1e9, 5]]},
            r"item2\.segmentation\[0\]\[4\]: expected float <= 10000000",
        ),
        (
            {"segmentation": {"counts": "", "size": [1, 1]}},
            r"item2\.segmentation: expected array, found object",
        ),
        ({"bounding_box": [1, 2, 3]}, r"item2\.bounding_box: expected array of length >= 4"),
        ({"bounding_box": [30, 9, 8, 41]}, r"item2\.bounding_box: expected \[x1, y1, x2, y2\]"),
        ({"scale": "large"}, r"item2\.scale: expected int \| null, found str"),
    ],
)
def test_a_malformed_item_is_named(tmp_path: Path, fields: Record, message: str) -> None:
    folder = made(tmp_path / "set", {"000001.json": annotated(item2=item(**fields))})
    with pytest.raises(DatasetError, match=rf"annos/000001\.json: {message}"):
        Dataset.read(folder)


@pytest.mark.parametrize("field", ["segmentation", "bounding_box", "category_id", "landmarks"])
def test_an_item_that_lacks_a_field_is_named(tmp_path: Path, field: str) -> None:
    lacking = item()
    del lacking[field]
    folder = made(tmp_path / "set", {"000001.json": annotated(item2=lacking)})
    with pytest.raises(DatasetError, match=rf"annos/000001\.json: item2\.{field}: is missing"):
        Dataset.read(folder)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"item1": "caf\xe9"}'.encode("latin-1").decode("latin-1"), r"item1: expected object, found str"),
        ([1, 2], "expected an object, found list"),
        (annotated(source="shelf"), r"source: expected shop or user, found 'shelf'"),
        (annotated(source=["shop"]), r"source: expected shop or user"),
        (annotated(pair_id="5"), r"pair_id: expected a whole number, found '5'"),
        (annotated(item1000=item()), r"item1000: expected a number under 1000, as in item1"),
        (annotated(item02=item()), r"item02: expected a number under 1000"),
        (annotated(items=[item()]), r"items: expected a number under 1000"),
    ],
)
def test_a_malformed_file_is_named(tmp_path: Path, document: Any, message: str) -> None:
    folder = made(tmp_path / "set", {"000001.json": document})
    with pytest.raises(DatasetError, match=rf"annos/000001\.json: {message}"):
        Dataset.read(folder)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", {"000001.json": ""})
    (folder / "annos" / "000001.json").write_bytes(b'{"source": "caf\xe9"}')
    with pytest.raises(DatasetError, match=r"000001\.json: is not JSON"):
        Dataset.read(folder)


def test_names_that_are_no_number_or_one_twice_are_refused(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", {"000001.json": annotated(), "readme.json": {}})
    with pytest.raises(DatasetError, match=r"readme\.json: expected a number as its name"):
        Dataset.read(folder)
    (folder / "annos" / "readme.json").rename(folder / "annos" / "01.json")
    with pytest.raises(DatasetError, match=r"01\.json: has the same number as 000001\.json"):
        Dataset.read(folder)


def test_what_is_malformed_can_be_skipped_and_is_listed(tmp_path: Path) -> None:
    files = {
        "000001.json": annotated(item2=item(category_id=14), item3=item()),
        "000002.json": "broken",
        "000003.json": annotated(source="shelf"),
        "other.json": {},
    }
    conversion = Conversion(skip_malformed=True)
    dataset = Dataset.read(made(tmp_path / "set", files), conversion=conversion)
    assert [annotation["id"] for annotation in dataset.annotations] == [1001, 1003, 3001]
    assert "source" not in dataset.images[1]
    assert len(conversion.left_out) == 4


def test_a_folder_without_annotations_is_refused(tmp_path: Path) -> None:
    (tmp_path / "annos").mkdir()
    assert not deepfashion2.looks_like(deepfashion2.Candidate(tmp_path))
    with pytest.raises(DatasetError, match=r"holds no annos/000001\.json"):
        Dataset.read(tmp_path, "deepfashion2")


# --- writing


def as_coco(folder: Path) -> Record:
    return Dataset.read(folder).document


def test_what_has_no_place_is_noted(tmp_path: Path) -> None:
    document = as_coco(made(tmp_path / "set", {"000001.json": annotated()}))
    image, annotation = document["images"][0], document["annotations"][0]
    image |= {"file_name": "beach/me.jpg", "people": "0"}
    del image["source"], image["pair_id"], annotation["pair_id"], annotation["keypoints"], annotation["scale"]
    annotation["colour"] = "red"
    document["annotations"].append({**annotation, "id": 2, "iscrowd": 1})
    conversion = Conversion()
    deepfashion2.write(coco.stream(document), tmp_path / "out", conversion)
    written = json.loads((tmp_path / "out" / "annos" / "000001.json").read_text())
    expected = item(landmarks=[0] * 42)
    del expected["scale"]
    assert written == {"item1": expected}
    assert set(conversion.said()) == {
        "photos whose name is no number: DeepFashion2 knows them by their image id, 000001.jpg",
        "photos with people, which DeepFashion2 cannot hold",
        "instances with colour, which DeepFashion2 cannot hold",
        "photos without a source, shop or user",
        "photos without a pair_id",
        "instances without landmarks, written as landmarks that nobody sees",
        "instances without scale",
        "regions that are not judged, left out: DeepFashion2 has no such thing",
    }


Spoil = Callable[[Record], Any]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda d: d["categories"][7].update(name="kilt"),
            "category_id: 'kilt' is none of DeepFashion2's 13",
        ),
        (lambda d: d["annotations"][0].pop("segmentation"), "segmentation: expected at least one polygon"),
        (
            lambda d: d["annotations"][0].update(segmentation=[["a"] * 6]),
            r"segmentation\[0\]\[0\]: expected int \| float, found str",
        ),
        (
            lambda d: d["annotations"][0].update(segmentation={"size": [60, 40], "counts": "?"}),
            "the counts of the RLE sum to 15",
        ),
        (
            lambda d: d["annotations"][0].update(keypoints=[0] * 51),
            "keypoints: expected a list of 882 numbers",
        ),
        (lambda d: d["annotations"][0].update(keypoints=["a"] * 882), r"landmarks\[0\]: expected int"),
        (lambda d: d["annotations"][0].update(style="plain"), r"style: expected int \| null, found str"),
    ],
)
def test_what_deepfashion2_cannot_hold_is_refused_and_nothing_is_left(
    tmp_path: Path, spoil: Spoil, message: str
) -> None:
    document = as_coco(made(tmp_path / "set", {"000001.json": annotated()}))
    document = copy.deepcopy(document)
    spoil(document)
    with pytest.raises(DatasetError, match=rf"image 1: annotation 1001: {message}"):
        deepfashion2.write(coco.stream(document), tmp_path / "out", Conversion())
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    skipping = Conversion(skip_malformed=True)
    deepfashion2.write(coco.stream(document), tmp_path / "out", skipping)
    assert len(skipping.left_out) == 1


def test_labels_of_another_set_are_refused_even_where_names_agree(tmp_path: Path) -> None:
    document = as_coco(made(tmp_path / "set", {"000001.json": annotated()}))
    document["info"] = {"label_set": "fashionpedia"}  # whose vest is a waistcoat
    with pytest.raises(DatasetError, match="13 categories of its own, not fashionpedia's"):
        deepfashion2.write(coco.stream(document), tmp_path / "out", Conversion())


def test_two_photos_of_one_number_are_refused(tmp_path: Path) -> None:
    document = as_coco(made(tmp_path / "set", {"1.json": annotated(), "2.json": annotated()}))
    document["images"][1]["file_name"] = "other/1.jpg"
    with pytest.raises(DatasetError, match=r"image 2 \(other/1\.jpg\): another photo has the same number"):
        deepfashion2.write(coco.stream(document), tmp_path / "out", Conversion())


def test_photos_are_never_written_over(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", {"000001.json": annotated()}, {"000001.jpg": (40, 60)})
    with pytest.raises(OutputError, match=r"holds image/000001\.jpg, which would be lost"):
        deepfashion2.write(Dataset.read(folder).stream(), folder, Conversion())


def test_an_rle_goes_out_as_polygons_of_the_same_pixels(tmp_path: Path) -> None:
    folder = made(tmp_path / "set", {"000001.json": annotated()}, {"000001.jpg": (40, 60)})
    document = as_coco(folder)
    rle = imaging.as_rle([[3, 3, 20, 3, 11, 30]], (60, 40))
    document["annotations"][0]["segmentation"] = rle
    deepfashion2.write(coco.stream(document), tmp_path / "out", Conversion())
    (annotation,) = Dataset.read(tmp_path / "out").annotations
    assert imaging.as_rle(annotation["segmentation"], (60, 40)) == rle


COORDINATE = st.integers(0, 900) | st.floats(0, 900).map(lambda value: round(value, 2))
RUNS = dict(enumerate(deepfashion2.LANDMARKS.items(), 1))


@st.composite
def items(draw: st.DrawFn) -> Record:
    category_id = draw(st.integers(1, 13))
    name, count = RUNS[category_id]
    left, right = sorted(draw(st.tuples(COORDINATE, COORDINATE)))
    top, bottom = sorted(draw(st.tuples(COORDINATE, COORDINATE)))
    polygon = st.integers(3, 6).flatmap(lambda n: st.lists(COORDINATE, min_size=2 * n, max_size=2 * n))
    point = st.tuples(COORDINATE, COORDINATE, st.integers(0, 2))
    points = draw(st.lists(point, min_size=count, max_size=count))
    return {
        "segmentation": draw(st.lists(polygon, min_size=1, max_size=3)),
        "bounding_box": [left, top, right, bottom],
        "category_id": category_id,
        "category_name": name,
        "landmarks": [value for point in points for value in point],
        **{field: draw(st.integers(0, 5)) for field in deepfashion2.GRADES},
    }


@given(st.lists(items(), max_size=3), st.sampled_from(["shop", "user"]), st.integers(0, 10**6))
def test_any_file_comes_back_item_by_item(
    tmp_path_factory: pytest.TempPathFactory, found: list[Record], source: str, pair_id: int
) -> None:
    folder = tmp_path_factory.mktemp("deepfashion2")
    document = {"source": source, "pair_id": pair_id}
    document |= {f"item{number}": one for number, one in enumerate(found, 1)}
    native = made(folder / "set", {"000264.json": document})
    coco.save(Dataset.read(native).document, folder / "set.json")
    deepfashion2.write(coco.read(folder / "set.json", Conversion()), folder / "again", Conversion())
    assert json.loads((folder / "again" / "annos" / "000264.json").read_text()) == document

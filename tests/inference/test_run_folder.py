"""What a run leaves behind, and what it does to what was there before."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from pycocotools.coco import COCO

from tiny_model import CARD, build_tiny_model
from wildwear import imaging
from wildwear.datasets import formats
from wildwear.datasets.health import check
from wildwear.datasets.stream import Conversion
from wildwear.errors import DatasetError, OutputError
from wildwear.imaging import write_image
from wildwear.inference import Prediction, Segmenter, load
from wildwear.inference.run_folder import DATASETS, JOURNAL, OUTPUTS, RunFolder, Settings, of_a_run
from wildwear.inference.segmenting import Found, segment_photos

Run = Callable[..., RunFolder]


@pytest.fixture(scope="module")
def segmenter(tiny_model: Path) -> Segmenter:
    return load(tiny_model)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four photos, two of one name, and one that is none."""
    folder = tmp_path / "photos"
    for number, name in enumerate(("1.png", "2.png", "10.png", "more/1.png")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(folder / name, np.full((90, 90, 3), 60 * number, dtype=np.uint8))
    (folder / "3.png").write_text("no photo")
    return folder


@pytest.fixture
def run(segmenter: Segmenter, photos: Path, tmp_path: Path) -> Run:
    """Segment the photos into `out`; stop after some of them if asked to."""

    def do(stop_after: int | None = None, **changes: Any) -> RunFolder:
        existing = changes.pop("existing", "refuse")
        settings = Settings.of(segmenter, root=photos, formats=OUTPUTS).model_copy(update=changes)
        names = ["1.png", "2.png", "3.png", "10.png", "more/1.png"]
        folder = RunFolder(tmp_path / "out", settings, names, existing=existing)
        todo = [(name, photos / name) for name in names if name not in folder]
        for result in segment_photos(segmenter, todo[:stop_after]):
            folder.add(result)
        if stop_after is None:
            folder.finish()
        return folder

    return do


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != JOURNAL
    }


def test_two_photos_of_one_name_in_two_folders_do_not_collide(run: Run) -> None:
    out = run().path
    assert sorted(path.relative_to(out).as_posix() for path in (out / "overlays").rglob("*.jpg")) == [
        "overlays/1.jpg",
        "overlays/10.jpg",
        "overlays/2.jpg",
        "overlays/more/1.jpg",
    ]
    assert (out / "cutouts/more/1_01_jacket_0.94.png").is_file()


def test_the_coco_document_is_one_that_pycocotools_reads(run: Run) -> None:
    out = run().path
    document = COCO(str(out / "garments.json"))
    names = {image["id"]: image["file_name"] for image in document.dataset["images"]}
    assert list(names.values()) == ["1.png", "2.png", "10.png", "more/1.png"]
    assert [category["id"] for category in document.dataset["categories"]] == list(range(1, 31))
    assert [annotation["id"] for annotation in document.dataset["annotations"]] == list(
        range(1, 1 + len(document.dataset["annotations"]))
    )
    jacket = document.dataset["annotations"][0]
    assert names[jacket["image_id"]] == "1.png"
    assert (jacket["category_id"], jacket["score"], jacket["iscrowd"]) == (23, 0.94, 0)
    assert jacket["bbox"] == imaging.bbox(jacket["segmentation"])
    assert jacket["network_bbox"] == [9, 9, 45, 36]
    assert jacket["area"] == document.annToMask(jacket).sum()
    assert jacket["alternatives"] == [{"category_id": 16, "probability": 0.8}]


def test_a_photo_that_cannot_be_read_stands_in_the_results_with_its_reason(run: Run) -> None:
    out = run().path
    [failure] = json.loads((out / "garments.json").read_text())["failures"]
    [row] = csv.DictReader((out / "failures.csv").open())
    assert failure["file_name"] == row["photo"] == "3.png"
    assert failure["reason"] == row["reason"]
    assert "is not a photo" in row["reason"]
    assert "is not a photo" in (out / "gallery.html").read_text()


def test_the_two_tables_say_the_same(run: Run) -> None:
    out = run().path
    table = polars.read_parquet(out / "garments.parquet")
    assert table.equals(polars.read_csv(out / "garments.csv", schema=table.schema))
    assert table.row(0, named=True) == {
        "photo": "1.png",
        "photo_width": 90,
        "photo_height": 90,
        "instance": 1,
        "category_id": 23,
        "category": "jacket",
        "group": "upper body",
        "supercategory": "clothing",
        "score": pytest.approx(0.94),
        "alternatives": "coat",
        "alternative_scores": "0.8",
        "x": 9,
        "y": 9,
        "width": 45,
        "height": 36,
        "network_x": 9,
        "network_y": 9,
        "network_width": 45,
        "network_height": 36,
        "area": pytest.approx(45 * 36, rel=0.1),
        "area_share": pytest.approx(0.2, rel=0.1),
        "colours": "black",
        "colour_hexes": "#000000",
        "colour_shares": "1.0",
        "overlay": "overlays/1.jpg",
        "cutout": "cutouts/1_01_jacket_0.94.png",
    }
    for column in ("overlay", "cutout"):
        assert all((out / file).is_file() for file in table[column])
    assert table.height == len(json.loads((out / "garments.json").read_text())["annotations"])


@pytest.mark.parametrize("name", DATASETS)
def test_a_result_is_a_dataset_in_every_format_that_is_asked_for(name: str, run: Run) -> None:
    out = run().path
    read = formats.named(name).read(out / DATASETS[name], Conversion())
    garments = {image["file_name"]: annotations for image, annotations in read.photos}
    names = {category["id"]: category["name"] for category in read.header["categories"]}
    assert garments.keys() >= {"1.png", "2.png", "10.png"}
    assert [names[garment["category_id"]] for garment in garments["2.png"]] == ["jacket", "jeans"]
    [jacket, _] = garments["2.png"]
    assert [round(edge) for edge in jacket["bbox"]] == [9, 9, 45, 36]


def test_a_result_is_a_dataset_without_a_problem(run: Run, photos: Path) -> None:
    [report] = check([run().path / "garments.json"], photos)
    assert not report.problems


def test_the_photos_of_a_yolo_folder_are_links_to_those_that_were_segmented(run: Run, photos: Path) -> None:
    linked = run().path / "yolo" / "images" / "more" / "1.png"
    assert linked.resolve() == photos / "more" / "1.png"


def test_settings_say_how_the_result_was_made(run: Run, segmenter: Segmenter) -> None:
    text = (run().path / "settings.yaml").read_text()
    assert "model: tiny" in text
    assert "score: 0.5" in text
    assert Settings.of(segmenter, root=Path("/"), formats=[]).model_sha256 in text


def test_the_scores_of_categories_are_part_of_how_the_result_was_made(tmp_path: Path) -> None:
    thresholds = {**CARD["thresholds"], "category_scores": {"1": 0.35, "18": 0.6}}  # type: ignore[dict-item]
    (tmp_path / "own.onnx").write_bytes(build_tiny_model(CARD | {"thresholds": thresholds}))
    settings = Settings.of(load(tmp_path / "own.onnx"), root=tmp_path, formats=[])
    assert settings.category_scores == {"hat": 0.35, "jeans": 0.6}
    assert settings.shown_from == "0.35 to 0.6, by category"


@pytest.mark.parametrize("stop_after", [1, 3, 4])
def test_an_interrupted_run_resumes_to_what_it_would_have_been(stop_after: int, run: Run) -> None:
    whole = contents(run().path)
    run(stop_after, existing="overwrite")
    resumed = run(existing="resume")
    assert contents(resumed.path) == whole


def test_resuming_does_no_photo_twice(run: Run, photos: Path) -> None:
    out = run(2).path
    (photos / "1.png").unlink()
    run(existing="resume")
    assert "1.png" in (out / "garments.csv").read_text()
    assert [row["photo"] for row in csv.DictReader((out / "failures.csv").open())] == ["3.png"]


def test_resuming_tries_again_what_could_not_be_read(run: Run, photos: Path) -> None:
    out = run().path
    write_image(photos / "3.png", np.zeros((50, 50, 3), dtype=np.uint8))
    run(existing="resume")
    assert not (out / "failures.csv").exists()
    names = [image["file_name"] for image in json.loads((out / "garments.json").read_text())["images"]]
    assert names == ["1.png", "2.png", "3.png", "10.png", "more/1.png"]


def test_resuming_with_other_settings_is_refused(run: Run) -> None:
    run(1)
    with pytest.raises(OutputError, match=r"out: was made with score 0\.5, not 0\.2"):
        run(existing="resume", score=0.2)


def test_a_folder_that_is_not_empty_is_left_alone(run: Run) -> None:
    before = contents(run().path)
    with pytest.raises(OutputError, match=r"out: is not empty\. --resume goes on with it"):
        run()
    assert contents(run(existing="resume").path) == before


def test_a_folder_of_somebody_else_cannot_be_resumed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="out: holds no run that could be resumed"):
        run(existing="resume")


def test_overwriting_removes_what_a_run_wrote_and_nothing_else(run: Run, photos: Path) -> None:
    out = run().path
    (out / "thesis.txt").write_text("mine")
    (photos / "10.png").unlink()
    run(existing="overwrite", formats=["overlay"])
    assert sorted(contents(out)) == [
        "failures.csv",
        "overlays/1.jpg",
        "overlays/2.jpg",
        "overlays/more/1.jpg",
        "settings.yaml",
        "thesis.txt",
    ]
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["overlays"]


def test_overwriting_leaves_what_somebody_put_into_a_dataset(run: Run) -> None:
    out = run().path
    (out / "voc" / "thesis.txt").write_text("mine")
    run(existing="overwrite", formats=["overlay"])
    assert [path.name for path in (out / "voc").rglob("*")] == ["thesis.txt"]


def test_a_run_of_an_older_version_is_replaced(run: Run) -> None:
    out = run().path
    earlier = contents(out)
    (out / JOURNAL).unlink()
    for name in ("overlays", "cutouts"):
        write_image(out / name / "old.png", np.zeros((9, 9, 3), dtype=np.uint8))
    files = ["overlays/old.png", "cutouts/old.png", *earlier]
    old = {"photo": "old.jpg", "files": files, "thumbnail": "data:image/webp;base64," + 999 * "A", "score": 1}
    (out / ".wildwear.jsonl").write_text(json.dumps(old) + "\n[1]\n{broken\n")
    with pytest.raises(OutputError, match="--overwrite begins anew"):
        run()
    run(existing="overwrite", formats=["overlay"])
    assert sorted(contents(out)) == [
        "failures.csv",
        *(file for file in earlier if file.startswith("overlays/")),
        "settings.yaml",
    ]


def test_a_run_whose_journal_is_damaged_is_replaced(run: Run) -> None:
    out = run().path
    earlier = contents(out)
    with (out / JOURNAL).open("a") as journal:
        journal.write('{"photo": "a.jpg", "unknown": 1}\n')
    with pytest.raises(OutputError, match=r"of another version of wildwear .* begin anew with --overwrite"):
        run(existing="resume")
    assert contents(run(existing="overwrite").path) == earlier


def test_what_pictures_are_called_does_not_follow_from_which_photo_is_done_first(
    segmenter: Segmenter, tmp_path: Path
) -> None:
    for suffix in ("png", "jpg"):
        write_image(tmp_path / f"a.{suffix}", np.zeros((50, 50, 3), dtype=np.uint8))
    settings = Settings.of(segmenter, root=tmp_path, formats=["overlay"])
    folder = RunFolder(tmp_path / "out", settings, ["a.jpg", "a.png"])
    todo = [("a.png", tmp_path / "a.png"), ("a.jpg", tmp_path / "a.jpg")]
    files = [folder.add(result).files for result in segment_photos(segmenter, todo)]
    assert files == [["overlays/a_png.jpg"], ["overlays/a.jpg"]]


def test_pictures_of_a_run_are_told_from_photos(run: Run, photos: Path) -> None:
    out = run().path
    assert of_a_run(out / "overlays" / "more" / "1.jpg")
    assert of_a_run(out / "yolo" / "images" / "1.png")
    assert not of_a_run(photos / "1.png")
    (photos / "overlays").mkdir()
    assert not of_a_run(photos / "overlays" / "1.png")


def test_a_journal_cannot_make_overwriting_remove_files_elsewhere(run: Run, tmp_path: Path) -> None:
    out = run(1).path
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    with (out / JOURNAL).open("a") as journal:
        for file in ("../victim.txt", str(victim)):
            journal.write(json.dumps({"photo": file, "overlay": file}) + "\n")
    run(existing="overwrite")
    assert victim.exists()


def test_a_file_in_the_place_of_the_folder_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="out: cannot be written to"):
        run()


def test_a_format_that_cannot_hold_the_photos_keeps_none_of_the_others_away(run: Run, photos: Path) -> None:
    (photos / "1.png").rename(photos / "\x1b.png")
    settings = run(0).settings.model_copy(update={"formats": ["cvat", "voc", "coco", "labelme"]})
    folder = RunFolder(photos.with_name("odd"), settings, ["\x1b.png"])
    folder.add(Found("\x1b.png", np.zeros((9, 9, 3), np.uint8), Prediction.empty((9, 9))))
    with pytest.raises(DatasetError, match="XML has no way to say the character"):
        folder.finish()
    assert (folder.path / "garments.json").is_file()
    assert len(list((folder.path / "labelme").glob("*.json"))) == 1


def test_nothing_hidden_is_left(run: Run) -> None:
    assert not list(run().path.rglob(".*"))


def test_a_run_that_is_interrupted_has_documents_of_what_is_done(run: Run) -> None:
    folder = run(2)
    folder.finish()
    assert {row["photo"] for row in csv.DictReader((folder.path / "garments.csv").open())} <= {
        "1.png",
        "2.png",
    }
    assert "2 photos" in (folder.path / "gallery.html").read_text()
    assert [record.photo for record in folder.records()] == ["1.png", "2.png"]


@pytest.mark.parametrize("change", [{"style": "boxes"}, {"canvas": True}, {"background": "white"}])
def test_resuming_with_pictures_of_another_look_is_refused(change: dict[str, Any], run: Run) -> None:
    run(1)
    with pytest.raises(OutputError, match=f"out: was made with {next(iter(change))} "):
        run(existing="resume", **change)


def test_a_folder_that_is_removed_while_the_run_writes_to_it_is_an_error(
    segmenter: Segmenter, photos: Path, tmp_path: Path
) -> None:
    names = {path.name: path for path in sorted(photos.glob("*.*"))}
    settings = Settings.of(segmenter, root=photos, formats=["overlay", "coco"])
    for replaced in (False, True):
        folder = RunFolder(tmp_path / "found", settings, list(names))
        first, *others = segment_photos(segmenter, names.items())
        folder.add(first)
        (tmp_path / "found").rename(tmp_path / f"away-{replaced}")
        if replaced:
            (tmp_path / "found").mkdir()
        removed = "found: was removed or replaced while the run wrote to it"
        with pytest.raises(OutputError, match=removed):
            folder.add(others[0])
        with pytest.raises(OutputError, match=removed):
            folder.finish()

"""`wildwear segment` as a person meets it."""

import csv
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

import program
import wildwear
from misbehaving_server import Server, answers
from wildwear.cli.segment_place import own_folder
from wildwear.datasets import Dataset
from wildwear.files import alone_with
from wildwear.inference.session import BUNDLED, DEFAULT
from wildwear.taxonomy import category

Command = Callable[..., subprocess.CompletedProcess[str]]
PORTRAIT = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"


def command_line(*arguments: object) -> list[str]:
    return [
        sys.executable,
        "-m",
        "wildwear",
        "segment",
        *map(str, arguments),
    ]


@pytest.fixture
def command(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `wildwear segment` in an empty folder, with the tiny model."""
    monkeypatch.chdir(tmp_path)

    def run(
        *arguments: object, code: int = 0, model: object = tiny_model
    ) -> subprocess.CompletedProcess[str]:
        done = program.wildwear("segment", *arguments, "--model", model)
        assert done.returncode == code, done.stderr
        return done

    return run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for name in ("1.jpg", "2.jpg", "more/1.jpg"):
        Image.open(PORTRAIT).resize((128, 150)).save(folder / name)
    return folder


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Ten things that people and their cameras call photos; six of them are."""
    folder = tmp_path / "hostile"
    (folder / "folder.jpg").mkdir(parents=True)
    portrait = Image.open(PORTRAIT).convert("RGB").resize((200, 240))
    portrait.save(folder / "whole.jpg")
    (folder / "truncated.jpg").write_bytes((folder / "whole.jpg").read_bytes()[:3000])
    (folder / "whole.jpg").unlink()
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("Dear diary, this is no photo.")
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    (folder / "header.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    )
    frames = [portrait.rotate(angle) for angle in (0, 120, 240)]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:])
    portrait.convert("CMYK").save(folder / "cmyk.jpg")
    grey = np.asarray(portrait.convert("L")).astype(np.uint16) * 257
    Image.fromarray(grey).save(folder / "grey16.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    portrait.rotate(90, expand=True).save(folder / "rotated.jpg", exif=exif)
    Image.new("RGB", (1, 1), "white").save(folder / "<img src=x onerror=alert(1)>.png")
    portrait.save(folder / "folder.jpg" / "inside.jpg")
    return folder


@pytest.fixture
def archives(photos: Path) -> Path:
    """The photos as a zip and as a compressed tar, in a folder with a list of them."""
    folder = photos.with_name("archives")
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as packed, tarfile.open(folder / "a.tgz", "w:gz") as tar:
        for name in ("2.jpg", "1.jpg", "more/1.jpg"):
            packed.write(photos / name, name)
            tar.add(photos / name, name)
        packed.writestr("../evil.jpg", b"evil")
    (folder / "list.txt").write_text("../photos/1.jpg\na.zip\nmissing.jpg\n")
    return folder


def document(path: Path) -> dict[str, list[dict[str, object]]]:
    read: dict[str, list[dict[str, object]]] = json.loads(path.read_text())
    return read


def test_one_photo_ends_in_the_path_of_its_picture(command: Command, tmp_path: Path) -> None:
    done = command(PORTRAIT)
    assert done.stdout == "wildwear-out/segment/overlays/grace_hopper.jpg\n"
    assert (tmp_path / done.stdout.strip()).is_file()
    assert "2 garments in 1 photo: jacket 0.94, jeans 0.90" in done.stderr


def test_several_photos_end_in_the_gallery(command: Command, photos: Path) -> None:
    assert command(photos, "--out", "found").stdout == "found/gallery.html\n"
    dataset = Dataset.read("found")
    assert all(dataset.photo_path(image).is_file() for image in dataset.images)


def test_files_folders_and_globs_may_be_mixed_and_no_photo_comes_twice(
    command: Command, photos: Path
) -> None:
    command(photos / "1.jpg", photos, f"{photos}/*.jpg", "--out", "found")
    images = document(Path("found/garments.json"))["images"]
    assert [image["file_name"] for image in images] == ["1.jpg", "2.jpg", "more/1.jpg"]


def test_the_formats_asked_for_are_written_and_no_others(command: Command, photos: Path) -> None:
    command(photos / "1.jpg", "--out", "found", "--format", "cutouts,table")
    assert sorted(path.name for path in Path("found").iterdir() if path.name[0] != ".") == [
        "cutouts",
        "garments.csv",
        "garments.parquet",
        "settings.yaml",
        "wildwear.jsonl",
    ]


@pytest.mark.parametrize("formats", ["overlay,video", "", ","])
def test_an_unknown_format_is_a_mistake_in_the_command_line(
    formats: str, command: Command, photos: Path
) -> None:
    done = command(photos, "--format", formats, code=2)
    assert "cutouts" in done.stderr
    assert not Path("wildwear-out").exists()


def test_json_goes_to_stdout_and_nothing_to_the_disk(command: Command, photos: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = command(photos, "--json")
    assert len(json.loads(done.stdout)["images"]) == 3
    assert sorted(tmp_path.rglob("*")) == before


def test_json_and_a_folder_give_the_same_document(command: Command, photos: Path) -> None:
    done = command(photos, "--json", "--out", "found")
    assert done.stdout == Path("found/garments.json").read_text() + "\n"
    assert Path("found/gallery.html").is_file()


def test_a_photo_without_garments_says_what_to_try(command: Command, photos: Path) -> None:
    done = command(photos / "1.jpg", "--score", 0.99)
    assert "0 garments in 1 photo\n" in done.stderr
    assert "Nothing reached the score 0.99; a lower --score shows what is less sure" in done.stderr
    done = command(photos / "1.jpg", "--categories", "hat,bag")
    assert "No hat or bag reached the score 0.5; a lower --score shows what is less sure" in done.stderr


def test_one_garment_is_one(command: Command, photos: Path) -> None:
    assert "1 garment in 1 photo: jacket" in command(photos / "1.jpg", "--max-garments", 1).stderr


def test_the_help_names_every_format_on_a_narrow_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = re.sub(r"[\s│]+", " ", command("--help").stdout)
    assert "overlay, cutouts, table, gallery, coco, via, yolo, labelme, cvat, voc" in said
    assert "[default: (overlay, coco, table, gallery)]" in said


def test_the_score_decides_what_is_found(command: Command, photos: Path) -> None:
    few, many = (
        json.loads(command(photos / "1.jpg", "--json", "--score", score).stdout) for score in (0.93, 0.01)
    )
    assert [annotation["category_id"] for annotation in few["annotations"]] == [23]
    assert len(many["annotations"]) > 2
    command(photos, "--score", 2, code=2)


def test_a_typo_names_the_nearest_and_writes_nothing(command: Command, photos: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = command(photos, "photos/11.jpg", "phtos/more/1.jpg", "elsewhere", "*.gif", code=2)
    assert done.stderr.splitlines() == [
        "wildwear: photos/11.jpg: no such file or folder; nearest: photos/1.jpg",
        "wildwear: phtos/more/1.jpg: no such file or folder; nearest: photos/more/1.jpg",
        "wildwear: elsewhere: no such file or folder",
        "wildwear: *.gif: no photo matches this pattern",
    ]
    assert not done.stdout
    assert sorted(tmp_path.rglob("*")) == before


def test_every_run_that_names_no_folder_gets_its_own(command: Command, photos: Path) -> None:
    looks = [command(photos).stdout for _ in range(3)]
    assert looks == [
        "wildwear-out/segment/gallery.html\n",
        "wildwear-out/segment-2/gallery.html\n",
        "wildwear-out/segment-3/gallery.html\n",
    ]


@pytest.mark.parametrize("again", [False, True])
def test_a_file_where_a_run_would_go_is_left_alone(
    again: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wildwear-out").mkdir()
    Path("wildwear-out/segment").write_text("mine")
    assert own_folder(again=again) == Path("wildwear-out/segment-2")
    assert own_folder(again=again) == Path(f"wildwear-out/segment-{2 if again else 3}")


def test_the_last_run_that_named_no_folder_is_resumed_or_replaced(command: Command, photos: Path) -> None:
    assert command(photos, "--resume").stdout == "wildwear-out/segment/gallery.html\n"
    command(photos)
    done = command(photos, "--resume")
    assert "3 photos were done before" in done.stderr
    assert done.stdout == "wildwear-out/segment-2/gallery.html\n"
    done = command(photos, "--overwrite")
    assert "done before" not in done.stderr
    assert done.stdout == "wildwear-out/segment-2/gallery.html\n"
    assert not Path("wildwear-out/segment-3").exists()


def test_a_run_feeds_on_no_pictures_of_earlier_runs_unless_they_are_named(
    command: Command, photos: Path
) -> None:
    command(photos / "1.jpg", "--format", "overlay,cutouts,yolo")
    command(".", "--out", "all")
    images = document(Path("all/garments.json"))["images"]
    assert [image["file_name"] for image in images] == ["photos/1.jpg", "photos/2.jpg", "photos/more/1.jpg"]
    overlay = "wildwear-out/segment/overlays/1.jpg"
    assert command(overlay).stdout == "wildwear-out/segment-2/overlays/1.jpg\n"


def test_what_is_found_is_a_dataset_in_any_format(command: Command, photos: Path) -> None:
    done = command(photos, "--out", "found", "--format", "via,yolo")
    assert sorted(path.name for path in Path("found").iterdir() if path.name[0] != ".") == [
        "garments-via.json",
        "settings.yaml",
        "wildwear.jsonl",
        "yolo",
    ]
    assert done.stdout == "found\n"


def test_a_note_stands_once_whatever_formats_it_is_of(command: Command, photos: Path) -> None:
    notes = [
        line
        for line in command(photos, "--format", "via,yolo,labelme,cvat,voc").stderr.splitlines()
        if line.startswith("note: ")
    ]
    assert (
        "note: 6 × instances with alternatives, colours, network_bbox and score, which CVAT, VOC and YOLO "
        "cannot hold" in notes
    )
    assert "note: 6 × RLE masks, written as polygons of exactly the same pixels" in notes
    assert len([note for note in notes if "cannot hold" in note]) == 1


def test_a_second_run_overwrites_nothing_unasked(command: Command, photos: Path) -> None:
    command(photos, "--out", "found")
    done = command(photos, "--out", "found", code=1)
    assert done.stderr.startswith("wildwear: found: is not empty.")
    command(photos, "--out", "found", "--overwrite")
    done = command(photos, "--out", "found", "--resume")
    assert "3 photos were done before" in done.stderr
    command(photos, "--out", "found", "--resume", "--overwrite", code=2)


@pytest.mark.parametrize("mistyped", ["notes.jpg", "found"])
def test_a_run_that_would_find_no_photo_leaves_the_earlier_one(
    command: Command, photos: Path, mistyped: str
) -> None:
    Path("notes.jpg").write_text("no photo")
    command(photos, "--out", "found")
    before = sorted(Path("found").rglob("*"))
    done = command(mistyped, "--out", "found", "--overwrite", code=2)
    assert "nothing was deleted" in done.stderr
    assert sorted(Path("found").rglob("*")) == before


def test_a_picture_of_the_run_that_would_be_replaced_is_no_photo_for_it(
    command: Command, photos: Path
) -> None:
    command(photos, "--out", "found")
    before = sorted(Path("found").rglob("*"))
    done = command("found/overlays/1.jpg", photos, "--out", "found", "--overwrite", code=1)
    assert "found/overlays/1.jpg" in done.stderr
    assert sorted(Path("found").rglob("*")) == before


def test_a_run_over_a_folder_does_not_feed_on_its_own_pictures(command: Command, photos: Path) -> None:
    command(photos, "--out", photos / "found")
    command(photos, "--out", photos / "found", "--overwrite")
    assert len(document(photos / "found" / "garments.json")["images"]) == 3


def test_a_model_that_is_none_is_one_line(command: Command, photos: Path) -> None:
    done = command(photos, model=PORTRAIT, code=1)
    assert done.stderr == "wildwear: grace_hopper.jpg: not an ONNX file, or a damaged one.\n"


@pytest.mark.parametrize("model", ["tiny", "default"])
def test_ten_hostile_files_stop_nothing(
    model: str, command: Command, hostile: Path, tiny_model: Path
) -> None:
    if model == "default" and not (BUNDLED / f"{DEFAULT}.onnx").is_file():
        pytest.skip("no model is bundled yet")
    formats = "overlay,coco,cutouts,table,gallery"
    done = command(
        hostile,
        *("--out", "found", "--format", formats, "--score", 0.05),
        model=tiny_model if model == "tiny" else "default",
        code=1,
    )
    read = [image["file_name"] for image in document(Path("found/garments.json"))["images"]]
    assert read == [
        "<img src=x onerror=alert(1)>.png",
        "animated.gif",
        "cmyk.jpg",
        "folder.jpg/inside.jpg",
        "grey16.png",
        "rotated.jpg",
    ]
    with Path("found/failures.csv").open() as file:
        reasons = {row["photo"]: row["reason"] for row in csv.DictReader(file)}
    assert sorted(reasons) == ["empty.jpg", "header.png", "text.jpg", "truncated.jpg"]
    assert "is empty" in reasons["empty.jpg"]
    assert "is too large" in reasons["header.png"]
    assert "is not a photo" in reasons["text.jpg"]
    assert "is truncated" in reasons["truncated.jpg"]
    for photo, reason in reasons.items():
        assert f"skipped {photo}: {reason}" in done.stderr
    assert "<img src=x" not in Path("found/gallery.html").read_text()


def test_a_rotated_photo_is_drawn_upright(command: Command, hostile: Path) -> None:
    command(hostile / "rotated.jpg", "--out", "found")
    [image] = document(Path("found/garments.json"))["images"]
    assert (image["width"], image["height"]) == (200, 240)
    with Image.open("found/overlays/rotated.jpg") as overlay:
        assert overlay.height > overlay.width
        assert not overlay.getexif()


@pytest.mark.skipif(os.name == "nt", reason="Windows forbids such names")
def test_a_name_cannot_steer_the_terminal(command: Command, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "\x1b[2J[bold]:bag:\n.jpg").touch()
    done = command("photos", code=1)
    assert "\x1b" not in done.stderr
    assert "[bold]:bag:" in done.stderr


def test_counts_after_a_resume_are_those_of_the_table_and_the_page(command: Command, photos: Path) -> None:
    command("photos", "--out", "again")
    (photos / "more" / "2.jpg").write_bytes((photos / "1.jpg").read_bytes())
    resumed = command("photos", "--out", "again", "--resume")
    assert "3 photos were done before" in resumed.stderr
    with Path("again/garments.csv").open() as file:
        rows = len(list(csv.DictReader(file)))
    assert f"{rows} garments in 4 photos" in resumed.stderr
    assert f"{rows} garments in 4 photos" in Path("again/gallery.html").read_text()
    done = command("photos", "--out", "again", "--resume")
    assert "4 photos were done before" in done.stderr
    assert f"{rows} garments in 4 photos" in done.stderr


@pytest.mark.parametrize("wrong", [("--style", "filled"), ("--background", "whitish")])
def test_a_style_or_colour_that_is_none_is_a_mistake_in_the_command_line(
    wrong: tuple[str, str], command: Command, photos: Path
) -> None:
    done = command("photos", "--out", "found", *wrong, code=2)
    assert wrong[1] in done.stderr
    assert not Path("found").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals for one process")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_has_a_table_and_a_gallery_of_what_is_done(
    stop: signal.Signals, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "many").mkdir()
    portrait = Image.open(PORTRAIT).resize((300, 360))
    for number in range(60):
        portrait.save(tmp_path / "many" / f"{number}.jpg")
    arguments = command_line("many", "--out", "found", "--model", tiny_model)
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as running:
        journal = tmp_path / "found" / "wildwear.jsonl"
        while running.poll() is None and not (journal.exists() and journal.stat().st_size > 5_000):
            time.sleep(0.01)
        running.send_signal(stop)
        said = running.communicate()[1]
    assert running.returncode == 130
    assert "--resume goes on from here" in said
    with Path("found/garments.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert 0 < len({row["photo"] for row in rows}) < 60
    assert f"{len(rows)} garments in" in said
    assert f"{len(rows):,} garments in" in Path("found/gallery.html").read_text()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("library", ["typer", "numpy"])
def test_a_run_that_is_interrupted_while_libraries_load_ends_without_a_word(
    library: str, tmp_path: Path
) -> None:
    """A library of this name answers an interrupt as numpy's own modules do: with a traceback it prints."""
    (tmp_path / f"{library}.py").write_text(
        "import os, time, traceback\n"
        "try:\n    print('loading', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    traceback.print_exc()\n    raise ImportError('failed') from None\n"
    )
    places = os.pathsep.join(map(str, [tmp_path, Path(wildwear.__file__).parents[1]]))
    with subprocess.Popen(
        command_line("photo.jpg"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": places},
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "loading\n"
        running.send_signal(signal.SIGINT)
        assert running.communicate() == ("", "")
    assert running.returncode == -signal.SIGINT


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_run_that_was_killed_resumes(command: Command, tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "many").mkdir()
    portrait = Image.open(PORTRAIT).resize((300, 360))
    for number in range(30):
        portrait.save(tmp_path / "many" / f"{number}.jpg")
    arguments = command_line("many", "--out", "found", "--model", tiny_model)
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as running:
        journal = tmp_path / "found" / "wildwear.jsonl"
        while running.poll() is None and not (journal.exists() and journal.stat().st_size > 10_000):
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    done = command("many", "--out", "found", "--resume")
    assert "photos were done before" in done.stderr
    assert len(document(Path("found/garments.json"))["images"]) == 30


def test_the_help_explains_the_exit_codes(command: Command) -> None:
    done = command("--help")
    assert "Exit code 0" in done.stdout


def test_a_folder_that_another_run_is_writing_is_refused(command: Command, photos: Path) -> None:
    command(photos, "--out", "found")
    before = Path("found/garments.json").read_bytes()
    with alone_with("found"):
        done = command(photos, "--out", "found", "--overwrite", code=1)
    assert "found: another run is writing there; wait until it is done" in done.stderr
    assert Path("found/garments.json").read_bytes() == before


def test_photos_whose_names_are_no_text_are_all_done_and_stay_apart(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xfa")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this disk keeps names as text")
    for name in (b"\xfe.jpg", b"\xff.jpg"):
        Image.open(PORTRAIT).resize((128, 150)).save(folder / os.fsdecode(name))
    (folder / os.fsdecode(b"\xfd.jpg")).write_text("no photo")
    formats = ("--format", "overlay,table,gallery,coco,yolo")
    command(folder, "--out", "found", *formats, code=1)
    with Path("found/garments.csv").open(encoding="utf-8", newline="") as file:
        assert {row["photo"] for row in csv.DictReader(file)} == {"\\xfe.jpg", "\\xff.jpg"}
    assert "\\xfd.jpg" in Path("found/failures.csv").read_text(encoding="utf-8")
    assert sorted(path.name for path in Path("found/overlays").iterdir()) == ["_xfe.jpg", "_xff.jpg"]
    document = json.loads(Path("found/garments.json").read_text(encoding="utf-8"))
    assert [image["file_name"] for image in document["images"]] == ["\udcfe.jpg", "\udcff.jpg"]
    assert all((folder / image["file_name"]).is_file() for image in document["images"])
    assert len(list(Path("found/yolo/images").iterdir())) == 2
    again = command(folder, "--out", "found", *formats, "--resume", code=1)
    assert "2 photos were done before" in again.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs pipes and links")
def test_what_lies_among_photos_and_is_none_is_named_as_skipped(command: Command, photos: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    (photos / "more" / "loop.jpg").symlink_to("loop.jpg")
    done = command(photos, "--out", "found", "--format", "table", code=1)
    assert "skipped pipe.jpg: is no file: a pipe, or a device" in done.stderr
    assert "skipped more/loop.jpg: is a link that leads nowhere" in done.stderr
    with Path("found/failures.csv").open(encoding="utf-8", newline="") as file:
        assert [row["photo"] for row in csv.DictReader(file)] == ["more/loop.jpg", "pipe.jpg"]


def test_looking_twice_is_part_of_how_a_run_was_made(command: Command, photos: Path) -> None:
    command(photos, "--out", "out", "--flip", "--zoom")
    settings = Path("out/settings.yaml").read_text()
    assert "flip: true" in settings
    assert "zoom: true" in settings
    refused = command(photos, "--out", "out", "--zoom", "--resume", code=1)
    assert "was made with flip True, not False" in refused.stderr


def file_names(folder: str) -> list[object]:
    return [image["file_name"] for image in document(Path(folder, "garments.json"))["images"]]


def test_archives_and_lists_are_segmented_and_resumed_as_folders_are(
    command: Command, archives: Path
) -> None:
    done = command(archives / "a.zip", "--out", "found", code=1)
    assert file_names("found") == ["2.jpg", "1.jpg", "more/1.jpg"]
    assert "skipped ../evil.jpg: its name leads out of the archive" in done.stderr
    assert Path("found/overlays/more/1.jpg").is_file()
    assert not list(Path().rglob("*evil*"))
    done = command(archives / "a.zip", "--out", "found", "--resume", code=1)
    assert "3 photos were done before" in done.stderr
    command(archives / "a.tgz", archives.parent / "photos" / "2.jpg", "--out", "both")
    assert file_names("both") == [*(f"archives/a.tgz/{name}" for name in file_names("found")), "photos/2.jpg"]
    done = command(archives / "list.txt", "--out", "listed", code=1)
    assert "missing.jpg: no such file or folder" in done.stderr
    assert len(file_names("listed")) == 4


def test_a_photo_comes_through_a_pipe(
    tiny_model: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos)
    Image.open("1.jpg").rotate(180).save("other.jpg")

    def piped(name: str, *arguments: str) -> tuple[str, str]:
        line = command_line("-", "--model", tiny_model, *arguments)
        with Path(name).open("rb") as photo:
            done = subprocess.run(line, stdin=photo, capture_output=True, text=True, check=False)
        return done.stdout, done.stderr

    picture, _ = piped("1.jpg")
    assert re.fullmatch(r"wildwear-out/segment/overlays/stdin-[0-9a-f]{8}\.jpg\n", picture)
    again, said = piped("1.jpg", "--resume")
    assert again == picture
    assert "1 photo was done before" in said
    another, said = piped("other.jpg", "--resume")
    assert another != picture
    assert "done before" not in said
    assert {str(name) for name in file_names("wildwear-out/segment")} == {
        Path(path.strip()).stem for path in (picture, another)
    }


def test_a_photo_on_the_web_is_read_where_that_is_allowed(
    command: Command, photos: Path, server: Server
) -> None:
    urls = [server.offer("1.jpg", (photos / "1.jpg").read_bytes()), server.offer("2.jpg", b"", answers(404))]
    host = f"127.0.0.1_{server.server_port}"
    done = command(*urls, "--out", "found", code=1)
    assert done.stderr.count("on this machine or in a private network; --allow-private permits it") == 2
    assert not server.asked
    done = command(*urls, "--out", "found", "--resume", "--allow-private", code=1)
    [name] = file_names("found")
    assert str(name).startswith(f"{host}/1-")
    assert f"skipped {host}/2-" in done.stderr
    assert "the server answers 404" in done.stderr


@pytest.mark.parametrize(
    "typo",
    [
        ("photos", "--categories", "jeens"),
        ("photos", "--categories", ","),
        ("photos", "--device", "cdua"),
        ("photos", "htp://example.com/1.jpg", "holday.zip", "http://"),
    ],
)
def test_a_typo_of_any_kind_writes_nothing(
    typo: tuple[str, ...], command: Command, photos: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = command(*typo, code=2)
    assert done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_no_photo_is_a_mistake_by_itself_and_skipped_among_photos(
    command: Command, photos: Path
) -> None:
    (photos / "found.csv").write_text("photo,category\n1.jpg,jeans\n")
    done = command(photos / "found.csv", code=2)
    assert "found.csv: is not a photo that wildwear reads" in done.stderr
    assert not Path("wildwear-out").exists()
    done = command(*sorted(photos.iterdir()), "--out", "found", code=1)
    assert "skipped found.csv: is not a photo that wildwear reads" in done.stderr
    assert len(file_names("found")) == 3


def test_categories_and_numbers_choose_what_is_kept(command: Command, photos: Path) -> None:
    some = json.loads(
        command(photos / "1.jpg", "--json", "--score", 0.01, "--categories", "Jean, hats").stdout
    )
    assert sorted(one["category_id"] for one in some["annotations"]) == sorted(
        category(name).id for name in ("jeans", "hat")
    )
    one = json.loads(command(photos / "1.jpg", "--json", "--max-garments", 1, "--categories", "jeans").stdout)
    assert [garment["category_id"] for garment in one["annotations"]] == [category("jeans").id]
    few = json.loads(command(photos, "--json", "--every", 2, "--no-recursive").stdout)
    assert [image["file_name"] for image in few["images"]] == ["1.jpg"]


def test_a_run_is_not_resumed_with_other_categories(command: Command, photos: Path) -> None:
    command(photos, "--out", "found", "--categories", "jeans")
    done = command(photos, "--out", "found", "--resume", code=1)
    assert "was made with categories ['jeans'], not []" in done.stderr


def test_the_device_and_the_threads_are_chosen(command: Command, photos: Path) -> None:
    command(photos / "1.jpg", "--device", "CPU", "--threads", 1)

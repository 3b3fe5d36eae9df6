"""Whatever the documentation and the help texts tell a reader to type is typed here.

On a page, `bash` and `python` blocks run in order in one folder, and a block with a title is first written to
the file of that name. A block after the comment `<!-- not run: why -->` is left alone.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import nbclient
import nbformat
import pytest
from PIL import Image, ImageShow
from typer.testing import CliRunner

import program
from documentation import DOCS, PAGES, ROOT, blocks, commands, help_examples, name_of, notebook
from made_datasets import write_blank_photos
from wildwear import inference
from wildwear.cli.app import app
from wildwear.datasets import Dataset, Recipe, build
from wildwear.datasets.making.carried import CLOSET30, read_table
from wildwear.inference import Garment, Prediction, Segmenter
from wildwear.taxonomy import CATEGORIES

NOTEBOOKS = [DOCS / "python.md", DOCS / "tutorial-holiday.md"]  # run as notebooks
FEW = 5  # blocks that may be left alone, in all the documentation
SERVING = ("wildwear data view", "wildwear annotate ", "wildwear serve")  # commands that go on until Ctrl-C
FOR_A_SHELL = re.compile(r"[|<>&;$*?~`]")
SMALL = 4  # photos of each dataset that the pages evaluate on
PILE = 8  # photos to choose from, beside a grey one and a copy
SMALL_PHOTOS = "model.long_side=224 augmentation.long_side=[176,224] augmentation.max_side=224"
SHORT = {  # trainings of pages, and what is set for them to be short; `long` runs tutorials as they stand
    "wildwear train smoke --data mine": "steps=2 val_every=2 warmup_steps=1 workers=0",
    "wildwear train smoke --data ccp30": "steps=2 val_every=2 warmup_steps=1 model_file=false",
    "wildwear train my-run.yaml": f"model_file=false {SMALL_PHOTOS}",
    "wildwear train shop.yaml": f"epochs=1 val_every=1 batch=2 workers=0 {SMALL_PHOTOS}",
}


@pytest.fixture(scope="session")
def small_ccp30(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """CCP-30, then each split cut to a few photos."""
    folder = tmp_path_factory.mktemp("ccp30")
    source = shared / "data" / "clothing-co-parsing"
    for split, dataset in build(Recipe.read("ccp30"), {"ccp": source}, folder).items():
        a_few(dataset).save(folder / f"{split}.json")
    return folder


def a_few(dataset: Dataset) -> Dataset:
    """Some photos from all over the dataset, so that each of its sources is there."""
    return dataset.restricted_to(dataset.images[:: len(dataset.images) // SMALL][:SMALL])


@pytest.fixture
def workspace(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the photos that the pages speak of; it is the current one while a page runs."""
    import matplotlib

    portrait = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    street = ROOT.parent / "shared" / "data" / "clothing-co-parsing" / "photos" / "0001.jpg"
    (tmp_path / "photos").mkdir()
    for name in ("photo.jpg", "photos/1.jpg"):
        shutil.copy(street if street.exists() else portrait, tmp_path / name)
    shutil.copy(portrait, tmp_path / "photos" / "2.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_pile(pile: Path, photos: list[Path]) -> None:
    """A folder as people have it: some photos, one of them twice, and one without colours."""
    pile.mkdir()
    some = photos[:: len(photos) // PILE][:PILE]
    for photo in some:
        shutil.copy(photo, pile)
    shutil.copy(some[0], pile / "copy.jpg")
    Image.open(some[1]).convert("L").save(pile / "grey.jpg")


def fetch(text: str, workspace: Path, request: pytest.FixtureRequest) -> None:
    """Put the datasets that a text names into the folder, unless an earlier block built them."""
    if "scan pile" in text:
        shared = request.getfixturevalue("shared")
        make_pile(
            workspace / "pile", sorted((shared / "data" / "clothing-co-parsing" / "photos").glob("*.jpg"))
        )
    if "clothing-co-parsing" in text and not (workspace / "clothing-co-parsing").exists():
        shared = request.getfixturevalue("shared")
        (workspace / "clothing-co-parsing").symlink_to(shared / "data" / "clothing-co-parsing")
    if "wild-pool" in text and not (workspace / "wild-pool").exists():
        pool: Path = request.getfixturevalue("shared") / "data" / "wild-pool"
        (workspace / "wild-pool").symlink_to(pool)
    if "s3://" in text:
        request.getfixturevalue("bucket")
    if "yunet.onnx" in text and not (workspace / "yunet.onnx").exists():
        weights: Path = request.getfixturevalue("shared") / "weights"
        (workspace / "yunet.onnx").symlink_to(weights / "yunet_n_640_640.onnx")
    if "--source clothing-dataset" in text and not (workspace / "clothing-dataset").exists():
        sizes = {row.photo: (row.height, row.width) for row in read_table(CLOSET30)}
        write_blank_photos(workspace / "clothing-dataset" / "images", sizes)
    if "experiments/" in text and not (workspace / "experiments").exists():
        experiments: Path = request.getfixturevalue("shared") / "seed" / "experiments"
        (workspace / "experiments").symlink_to(experiments)
    for name in re.findall(r"\bexp[5-9]\b", text if "runs compare" in text else ""):
        if "import-detectron2" not in text and not (workspace / name).exists():
            from wildwear.runs import import_detectron2

            source = request.getfixturevalue("shared") / "seed" / "experiments" / name
            import_detectron2(source, workspace / name)
    for folder in ("modanet", "via/shorts", "fashionpedia", "deepfashion2/native"):
        name = folder.split("/")[-1]
        if f"{name}/" in text and not (workspace / name).exists():
            (workspace / name).symlink_to(request.getfixturevalue("shared") / "fixtures" / folder)
    if "ccp30" in text and "build ccp30" not in text and not (workspace / "ccp30").exists():
        small: Path = request.getfixturevalue("small_ccp30")
        (workspace / "ccp30").symlink_to(small)
    for checkpoint in ("runs/wildwear-s/best.safetensors", "first.safetensors", "second.safetensors"):
        if checkpoint in text:
            from wildwear.models import ModelConfig, build, save_checkpoint

            config = ModelConfig(backbone="efficientnet_lite0", pretrained=False)
            (workspace / checkpoint).parent.mkdir(parents=True, exist_ok=True)
            save_checkpoint(build(config), workspace / checkpoint, {"name": "untrained"})
    if "model_final.pth" in text and not (workspace / "model_final.pth").exists():
        import torch

        import zoo

        torch.save({"model": zoo.state(50, classes=30)}, workspace / "model_final.pth")
        names = (category.name for category in CATEGORIES)
        (workspace / "names.txt").write_text("\n".join(names))
    if "wild30" in text and not (workspace / "wild30").exists():
        wild30 = request.getfixturevalue("shared") / "data" / "wild30"
        (workspace / "wild30").mkdir()
        (workspace / "wild30" / "photos").symlink_to(wild30 / "photos")
        a_few(Dataset.load(wild30 / "wild30.json")).save(workspace / "wild30" / "wild30.json")


def run(command: str, where: str) -> None:
    """Run one command line as a reader would.

    Where a shell has nothing to do in it, `wildwear` runs in this process, which has imported what it needs:
    that is most of the time of a short command. Else, and for a training, which sets up the process that it
    is in, the one on the path is that of this environment.
    """
    name, *arguments = shlex.split(command)
    if name == "make":
        assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text(), re.M), f"{where}: {command}"
    elif name == "pip":
        extras = re.search(r"wildwear\[([\w,]+)\]", command)
        known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        assert set(extras[1].split(",")) <= set(known) if extras else "wildwear" in command, (
            f"{where}: {command}"
        )
    else:
        assert name == "wildwear", f"{where}: nobody knows how to test {command!r}"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "BROWSER": "true"}  # the program that does nothing
        if command.startswith(SERVING):
            run_until_it_answers(command, where, environment)
            return
        if FOR_A_SHELL.search(command) or arguments[0] == "train":
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        else:
            done = program.wildwear(*arguments)
        assert done.returncode == 0, f"{where}: {command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def run_until_it_answers(command: str, where: str, environment: dict[str, str]) -> None:
    """Run a server until it says its address and answers there, then end it as Ctrl-C does."""
    with subprocess.Popen(
        ["bash", "-c", f"exec {command}"], env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address, f"{where}: {command}: {said}"
        with urllib.request.urlopen(address[0], timeout=10) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGINT)
    assert server.returncode == 0, f"{where}: {command}"


def follow(page: Path, workspace: Path, request: pytest.FixtureRequest, short: Mapping[str, str]) -> None:
    """Do what a page says, block by block; a command that begins like one in `short` gets that as well."""
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.title:
            (workspace / block.title).write_text(block.text)
        if block.not_run:
            continue
        fetch(block.text, workspace, request)
        if block.language == "bash":
            for command in commands(block.text):
                settings = [more for begins, more in short.items() if command.startswith(begins)]
                run(" ".join([command, *settings]), block.where)
        elif block.language == "python":
            exec(compile(block.text, block.where, "exec"), names)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in NOTEBOOKS], ids=name_of)
def test_what_a_page_says_works(page: Path, workspace: Path, request: pytest.FixtureRequest) -> None:
    follow(page, workspace, request, SHORT)


@pytest.mark.long
@pytest.mark.parametrize("page", [DOCS / "tutorial-model.md", DOCS / "tutorial-shop.md"], ids=name_of)
def test_a_tutorial_trains_as_long_as_it_says(
    page: Path, workspace: Path, request: pytest.FixtureRequest, ccp_folder: Path
) -> None:
    build(Recipe.read("ccp30"), {"ccp": ccp_folder}, workspace / "ccp30")
    follow(page, workspace, request, {})


def executed(page: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The cells of a page after they have run, as in Jupyter."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    cells = [cell for cell in notebook(page).cells if "pip install" not in cell.source]
    client = nbclient.NotebookClient(
        nbformat.v4.new_notebook(cells=cells), resources={"metadata": {"path": str(workspace)}}
    )
    client.execute()
    return cells


def test_the_page_of_python_is_a_notebook_with_pictures(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = executed(DOCS / "python.md", workspace, monkeypatch)
    shown = [output.data for cell in cells for output in cell.get("outputs", ()) if "data" in output]
    assert sum("image/png" in data for data in shown) >= 4
    assert any("data:image/webp" in data.get("text/html", "") for data in shown)
    assert sum("garments.csv" in path.name or path.suffix == ".json" for path in workspace.iterdir()) == 4


def test_the_first_tutorial_is_a_notebook_that_runs_its_commands(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed(DOCS / "tutorial-holiday.md", workspace, monkeypatch)
    assert (workspace / "holiday" / "gallery.html").exists()
    assert (workspace / "garment.png").exists()


@pytest.mark.parametrize("kind", [Garment, Prediction, Segmenter], ids=lambda kind: kind.__name__)
def test_the_notebook_uses_every_name(kind: type) -> None:
    code = "\n".join(cell.source for cell in notebook(DOCS / "python.md").cells if cell.cell_type == "code")
    names = {name for name in vars(kind) if not name.startswith("_")}
    names |= set(getattr(kind, "__dataclass_fields__", ()))
    unused = {name for name in names if not re.search(rf"\b{name}\b", code)}
    of_other_packages = {"uncalibrated", "with_card", "with_features"}
    assert unused - of_other_packages - {"prediction", "index", "photo"} == set()


def test_the_page_of_python_is_typed_to_the_last_line(workspace: Path) -> None:
    cells = notebook(DOCS / "python.md").cells
    code = "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")
    (workspace / "script.py").write_text(code)
    check = [sys.executable, "-m", "mypy", "--strict", str(workspace / "script.py")]
    environment = os.environ | {"MYPYPATH": str(ROOT / "src")}
    done = subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def from_other_tools() -> list[str]:
    """What the page for those who come from other tools says to type here: the last column of its tables."""
    lines = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8").splitlines()
    cells = [line.split(" | ")[-1] for line in lines if line.startswith("|")]
    return [typed for cell in cells for typed in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("typed", from_other_tools())
def test_what_those_who_come_from_other_tools_type_works(
    typed: str, workspace: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference.segmenter, "find_model", lambda model: tiny_model)
    monkeypatch.setattr(ImageShow, "_viewers", [Looking()])
    if not typed.startswith("wildwear "):
        segmenter = inference.load()
        names = {"segmenter": segmenter, "prediction": segmenter("photo.jpg"), "Prediction": Prediction}
        eval(typed, names)
        return
    (workspace / "photos.txt").write_text("photos/1.jpg\n")
    command, _, piped = typed.partition(" < ")
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        if "https://example.com" in typed:
            Thread(target=server.serve_forever, daemon=True).start()
            command = command.replace("https://example.com", f"http://127.0.0.1:{server.server_port}")
            command += " --allow-private"
        done = CliRunner().invoke(
            app, shlex.split(command)[1:], input=Path(piped).read_bytes() if piped else None
        )
        if "https://example.com" in typed:
            server.shutdown()
    assert done.exit_code == 0, done.output
    assert any(
        any(workspace.glob(f"{out}/settings.yaml")) for out in ("wildwear-out/segment", "found", "cut")
    )


class Looking(ImageShow.Viewer):
    """A picture viewer that nobody sits before."""

    def show(self, image: Image.Image, **options: object) -> int:
        return 1


def test_blocks_that_are_not_run_are_few() -> None:
    assert sum(block.not_run is not None for page in PAGES for block in blocks(page)) <= FEW


def test_every_block_says_its_language() -> None:
    assert all(block.language for page in PAGES for block in blocks(page))


@pytest.mark.parametrize("command", help_examples())
def test_the_example_in_a_help_text_works(
    command: str, workspace: Path, request: pytest.FixtureRequest
) -> None:
    fetch(command, workspace, request)
    run(command, "help")

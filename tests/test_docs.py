"""Whatever the documentation and the help texts tell a reader to type is typed here.

On a page, `bash` and `python` blocks run in order in one folder, and a block with a title is first written to
the file of that name. A block after the comment `<!-- not run: why -->` is left alone.
"""

import ast
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread
from typing import Any

import nbclient
import nbformat
import pytest
from PIL import Image, ImageShow
from typer.testing import CliRunner

from made_datasets import write_blank_photos
from wildwear import inference
from wildwear.cli.app import app
from wildwear.datasets import Dataset, Recipe, build
from wildwear.datasets.making.carried import CLOSET30, read_table
from wildwear.inference import Garment, Prediction, Segmenter
from wildwear.taxonomy import CATEGORIES

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "python.md"  # runs as a notebook
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r'^```(?P<language>\w*)(?: +title="(?P<title>[^"]+)")?$')
NOT_RUN = re.compile(r"^<!-- not run: (?P<why>.+) -->$")
FEW = 4  # blocks that may be left alone, in all the documentation
SERVING = ("wildwear data view", "wildwear annotate ", "wildwear serve")  # commands that go on until Ctrl-C
SMALL = 4  # photos of each dataset that the pages evaluate on


@dataclass(frozen=True)
class Block:
    """One fenced block: where it begins ("README.md:12"), its language, its text."""

    where: str
    language: str
    title: str | None
    text: str
    not_run: str | None


def blocks(page: Path) -> Iterator[Block]:
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    not_run = None
    for number, line in lines:
        if fence := FENCE.match(line):
            text = []
            for _, inside in lines:
                if inside == "```":
                    break
                text.append(inside)
            where = f"{page.relative_to(ROOT)}:{number}"
            yield Block(where, fence["language"], fence["title"], "\n".join(text), not_run)
            not_run = None
        elif line:
            reason = NOT_RUN.match(line)
            not_run = reason["why"] if reason else None


def commands(text: str) -> list[str]:
    """The commands of a bash block, continued lines joined, comments left out."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


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


def fetch(text: str, workspace: Path, request: pytest.FixtureRequest) -> None:
    """Put the datasets that a text names into the folder, unless an earlier block built them."""
    if "clothing-co-parsing" in text and not (workspace / "clothing-co-parsing").exists():
        shared: Path = request.getfixturevalue("shared")
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
    """Run one command line as a reader would; the `wildwear` on the path is that of this environment."""
    program = command.split()[0]
    if program == "make":
        target = command.split()[1]
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M), f"{where}: {command}"
    elif program == "pip":
        extras = re.search(r"wildwear\[([\w,]+)\]", command)
        known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        assert set(extras[1].split(",")) <= set(known) if extras else "wildwear" in command, (
            f"{where}: {command}"
        )
    else:
        assert program == "wildwear", f"{where}: nobody knows how to test {command!r}"
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "BROWSER": "true"}  # the program that does nothing
        if command.startswith(SERVING):
            run_until_it_answers(command, where, environment)
            return
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
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


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != NOTEBOOK], ids=lambda page: str(page.relative_to(ROOT))
)
def test_what_a_page_says_works(page: Path, workspace: Path, request: pytest.FixtureRequest) -> None:
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.title:
            (workspace / block.title).write_text(block.text)
        if block.not_run:
            continue
        fetch(block.text, workspace, request)
        if block.language == "bash":
            for command in commands(block.text):
                run(command, block.where)
        elif block.language == "python":
            exec(compile(block.text, block.where, "exec"), names)


def notebook() -> Any:
    """docs/python.md, a cell a block."""
    spec = spec_from_file_location("notebook", ROOT / "docs" / "notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.notebook()


def test_the_page_of_python_is_a_notebook_with_pictures(workspace: Path) -> None:
    cells = notebook().cells
    client = nbclient.NotebookClient(
        nbformat.v4.new_notebook(cells=cells), resources={"metadata": {"path": str(workspace)}}
    )
    client.execute()
    shown = [output.data for cell in cells for output in cell.get("outputs", ()) if "data" in output]
    assert sum("image/png" in data for data in shown) >= 4
    assert any("data:image/webp" in data.get("text/html", "") for data in shown)
    assert sum("garments.csv" in path.name or path.suffix == ".json" for path in workspace.iterdir()) == 4


@pytest.mark.parametrize("kind", [Garment, Prediction, Segmenter], ids=lambda kind: kind.__name__)
def test_the_notebook_uses_every_name(kind: type) -> None:
    code = "\n".join(cell.source for cell in notebook().cells if cell.cell_type == "code")
    names = {name for name in vars(kind) if not name.startswith("_")}
    names |= set(getattr(kind, "__dataclass_fields__", ()))
    unused = {name for name in names if not re.search(rf"\b{name}\b", code)}
    of_other_packages = {"uncalibrated", "with_card", "with_features"}
    assert unused - of_other_packages - {"prediction", "index", "photo"} == set()


def test_the_page_of_python_is_typed_to_the_last_line(workspace: Path) -> None:
    code = "\n\n".join(cell.source for cell in notebook().cells if cell.cell_type == "code")
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


def help_examples() -> list[str]:
    """The `Example: …` lines in the docstrings of the commands, but for those that a page runs as well."""
    on_pages = {line for page in PAGES for block in blocks(page) for line in commands(block.text)}
    examples: list[str] = []
    for module in sorted((ROOT / "src" / "wildwear" / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                examples += re.findall(r"^Example: (wildwear .+)$", ast.get_docstring(node) or "", re.M)
    return [command for command in examples if command not in on_pages]


@pytest.mark.parametrize("command", help_examples())
def test_the_example_in_a_help_text_works(
    command: str, workspace: Path, request: pytest.FixtureRequest
) -> None:
    fetch(command, workspace, request)
    run(command, "help")


def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="the extra docs is not installed")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr.replace("NO_MKDOCS_2_WARNING", "")

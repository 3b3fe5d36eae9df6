"""What is released: the wheel holds what the program needs and nothing else; its papers are in order."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from packaging.requirements import Requirement

from wildwear.version import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LARGEST = 60_000_000  # bytes of a wheel
FOR_DEVELOPERS = {"bench", "docs", "test"}
OF_NOTEBOOKS = {"IPython"}  # imported only where it runs already


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="the extra test is not installed")
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("wildwear-*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    assert wheel.name == f"wildwear-{__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < LARGEST
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src"]
    files = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    with ZipFile(wheel) as archive:
        held = {
            name for name in archive.namelist() if not name.startswith(f"wildwear-{__version__}.dist-info")
        }
    assert held == {name.removeprefix("src/") for name in files}
    assert {"wildwear/py.typed", "wildwear/models_bundled/wildwear-s.onnx"} <= held


def test_the_wheel_carries_the_licences_of_what_is_in_it(wheel: Path) -> None:
    papers = f"wildwear-{__version__}.dist-info/licenses"
    with ZipFile(wheel) as archive:
        notice = archive.read(f"{papers}/NOTICE").decode()
        assert "Apache License" in archive.read(f"{papers}/LICENSE").decode()
        carried = [name for name in archive.namelist() if re.search(r"\.(jpg|png|onnx|csv)$", name)]
    for name in carried:
        of_the_project = "/taxonomy/maps/" in name or name.endswith("/categories.csv")
        named = any(part in notice for part in (Path(name).name, Path(name).stem, str(Path(name).parent)))
        assert named or of_the_project, f"{name} comes from somewhere: NOTICE has to say from where"
    assert "Copyright (c) 2022 Francesca Bianchessi" in notice


def test_the_extra_all_brings_every_other_one_that_users_need() -> None:
    extras = PROJECT["optional-dependencies"]
    (everything,) = map(Requirement, extras["all"])
    assert everything.extras == set(extras) - {"all"} - FOR_DEVELOPERS


def test_what_the_package_imports_is_among_its_requirements() -> None:
    extras = PROJECT["optional-dependencies"]
    users = [line for extra in set(extras) - FOR_DEVELOPERS for line in extras[extra]]
    required = {plain(Requirement(line).name) for line in [*PROJECT["dependencies"], *users]}
    distributions = packages_distributions()
    known, unknown = sys.stdlib_module_names | {"wildwear"} | OF_NOTEBOOKS, set()
    for module in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in {name.split(".")[0] for name in names} - known:
                if not {plain(owner) for owner in distributions.get(name, [name])} & required:
                    unknown.add(f"{module.relative_to(ROOT)}: {name}")
    assert unknown == set()


def plain(name: str) -> str:
    """The name of a distribution as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_citation_names_this_version_and_the_thesis() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert citation["references"][0]["authors"][0]["family-names"] == "Bianchessi"


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", ".github/workflows/*.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        ("citation-file-format", "CITATION.cff"),
    ],
)
def test_what_github_reads_is_what_its_schemas_say(schema: str, files: str) -> None:
    pytest.importorskip("check_jsonschema", reason="the extra test is not installed")
    check = [sys.executable, "-m", "check_jsonschema", "--default-filetype", "yaml"]
    check += ["--builtin-schema", f"vendor.{schema}", *map(str, sorted(ROOT.glob(files)))]
    done = subprocess.run(check, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_shell_completes_commands() -> None:
    asked = {"_WILDWEAR_COMPLETE": "complete_bash", "COMP_WORDS": "wildwear data con", "COMP_CWORD": "2"}
    program = [Path(sys.executable).with_name("wildwear")]
    done = subprocess.run(program, env=os.environ | asked, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["convert"]


@pytest.mark.long
def test_the_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "venv", "env")
    run("env/bin/pip", "install", wheel)
    picture, _ = run("env/bin/wildwear", "demo").splitlines()
    assert (tmp_path / picture).is_file()
    assert "all that wildwear needs works" in run("env/bin/wildwear", "doctor")
    assert run("env/bin/python", "-c", "import wildwear; print(wildwear.__file__)").startswith(
        str(tmp_path / "env")
    )

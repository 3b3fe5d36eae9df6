"""The rules of the house that no type checker sees: which way imports point, and what importing costs."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import wildwear

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src" / "wildwear"

# From the top of the house to its ground: a package may import those further down, never those further up.
# Packages on one line do not know each other.
FLOORS = [
    {"__main__"},
    {"cli"},
    {"experiments", "batch"},
    {"training", "viewing", "annotation", "curation", "serving"},
    {"models", "evaluation"},
    {"inference"},
    {"gathering", "via"},
    {"datasets", "runs"},
    {"reporting"},
    {"imaging", "taxonomy", "configs", "web"},
    {"files", "engine"},
    {"cluster"},
    {"errors", "version"},
]
TORCH_FAMILY = {"torch", "torchvision", "timm", "pytorch_lightning", "safetensors", "onnxscript"}
HEAVY = TORCH_FAMILY | {"cv2", "onnxruntime", "polars", "daft", "scipy", "hotcoco", "numpy", "pydantic"}


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def package(module: Path) -> str:
    """The package (or top-level module) of wildwear that a file belongs to: imaging, errors."""
    return module.relative_to(SOURCE).with_suffix("").parts[0]


def imported(module: Path) -> Iterator[str]:
    """Every dotted name that a module imports, inside functions too: `from a.b import c` gives a.b.c."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(name: str) -> int:
    return next(number for number, packages in enumerate(FLOORS) if name in packages)


def test_every_package_has_its_floor() -> None:
    known = set.union(*FLOORS) | {"__init__"}
    assert {package(module) for module in modules()} <= known


@pytest.mark.parametrize("module", modules(), ids=lambda module: str(module.relative_to(SOURCE)))
def test_imports_point_down_only(module: Path) -> None:
    here = package(module)
    if here == "__init__":
        return  # the door of the house: it hands out what lies inside
    for name in imported(module):
        if name.startswith("wildwear."):
            there = name.split(".")[1]
            assert there == here or floor(there) > floor(here), f"{here} imports {name}"


@pytest.mark.parametrize("module", modules(), ids=lambda module: str(module.relative_to(SOURCE)))
def test_torch_is_known_to_models_and_training_alone(module: Path) -> None:
    if package(module) not in ("models", "training", "experiments"):
        assert TORCH_FAMILY.isdisjoint(name.split(".")[0] for name in imported(module))


@pytest.mark.parametrize(
    "statement", ["import wildwear", "import wildwear.cli.app", "import wildwear.taxonomy"]
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    report = f"{statement}; import json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", report], text=True))
    assert "wildwear" in loaded
    assert HEAVY.isdisjoint(loaded)


def test_tab_offers_what_people_begin_with() -> None:
    assert {"load", "Segmenter", "Prediction", "Dataset"} <= set(dir(wildwear))
    assert all(getattr(wildwear, name) for name in wildwear.__all__)


def test_the_segmenter_loads_nothing_that_only_datasets_and_pages_need() -> None:
    report = "import wildwear; wildwear.load; import json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", report], text=True))
    assert "wildwear.inference" in loaded
    others = {"wildwear.datasets", "wildwear.reporting", "scipy", "shapely", "polars", "jinja2", "IPython"}
    assert (TORCH_FAMILY | others).isdisjoint(loaded)


def test_a_type_gets_a_name_once() -> None:
    named: dict[tuple[str, str], list[str]] = {}
    for module in modules():
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
                for target in node.targets:
                    alias = ast.unparse(target), ast.unparse(node.value)
                    named.setdefault(alias, []).append(str(module.relative_to(SOURCE)))
    assert {alias: places for alias, places in named.items() if len(places) > 1} == {}


def test_what_takes_long_is_known_by_name() -> None:
    told = (TESTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for module in sorted(TESTS.rglob("test_*.py")):
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and any(
                "mark.long" in ast.unparse(one) for one in node.decorator_list
            ):
                assert f"`{node.name}`" in told, module

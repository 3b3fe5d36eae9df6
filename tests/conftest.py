"""What several test folders share: a tiny model that needs no training, a server, the way to ../shared."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from chromium import CHROMIUM
from hostile_photos import hostile
from made_buckets import bucket
from misbehaving_server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from xdist.scheduler import LoadFileScheduling

__all__ = ["bucket", "hostile"]

# Whether a machine is busy is no property of the code: examples have no deadline.
settings.register_profile("wildwear", deadline=None)
settings.load_profile("wildwear")

# A worker has a core of its own: torch's threads, here and in programs that tests start, would take turns on
# it and spin meanwhile, for several times the work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What takes longest begins first, so that workers end together. `pytest --durations=30` tells what does.
LONGEST = (
    "test_docs.py",
    "training/test_run.py",
    "models/test_export.py",
    "models/test_importing.py",
    "models/test_detectron2.py",
    "models/test_weights.py",
    "annotation/page/test_assisting.py",
    "test_benchmarks.py",
    "cli/test_segment.py",
    "test_release.py",
    "evaluation/test_evaluating.py",
)
ALONE = "test_docs.py"  # its tests share next to nothing, and any worker may take the next of them

SHARED = Path(__file__).parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; all else stays in its order."""
    folder = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(folder).as_posix()
        return LONGEST.index(name) if name in LONGEST else len(LONGEST)

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "LoadFileScheduling | None":
    """Where workers take files, let them take the tests of one that is longer than their share one by one."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            scope: str = super()._split_scope(nodeid)
            return nodeid if scope.endswith(f"/{ALONE}") else scope

    return ByFile(config, log)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the repository; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, the real data beside the repository")
    return SHARED


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file that follows the contract and finds the same five garments in every photo.

    jacket 0.94 and coat 0.80 on the same pixels, jeans 0.90, a hat at 0.03, and a bag whose score is the mean
    brightness of the photo, in [0, 1]. An extra box is a shirt (0.6), a top otherwise (0.3).
    """
    from tiny_model import CARD, build_tiny_model  # onnx takes a moment to load

    path = tmp_path_factory.mktemp("models") / "tiny.onnx"
    path.write_bytes(build_tiny_model(CARD))
    return path


@pytest.fixture(scope="session")
def ccp_folder(shared: Path) -> Path:
    """Clothing Co-Parsing in its own layout."""
    return shared / "data" / "clothing-co-parsing"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on this machine, reached without a proxy."""
    monkeypatch.setenv("NO_PROXY", "*")
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()

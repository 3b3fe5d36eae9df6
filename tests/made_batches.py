"""Photos to be segmented, and an engine that needs no processes."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from wildwear.batch import listed, run, running
from wildwear.batch.running import Ran
from wildwear.batch.working import Way

SIZES = [(64, 48), (48, 64), (90, 60)]

Batched = Callable[..., Ran]


def write_photo(path: Path, brightness: int, size: tuple[int, int] = (64, 48)) -> None:
    """A photo in which the tiny model finds a bag as sure as it is bright."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(brightness).integers(-5, 5, (size[1], size[0], 3))
    Image.fromarray(np.clip(brightness + noise, 0, 255).astype(np.uint8)).save(path)


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """Ten photos of three sizes, some in a folder, and a file that is none."""
    folder = tmp_path / "pool"
    for number in range(10):
        name = f"more/{number}.png" if number % 3 == 0 else f"{number}.png"
        write_photo(folder / name, 25 * number, SIZES[number % 3])
    (folder / "bad.jpg").write_bytes(b"nothing")
    return folder


@pytest.fixture
def shards(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The shards that were done, in this process; last one first, as nobody promises an order."""
    done: list[int] = []

    def here(
        make: Callable[..., Any], arguments: tuple[Any, ...], tasks: Iterable[int], **_: Any
    ) -> Iterator[Any]:
        worker = make(*arguments)
        for task in reversed(list(tasks)):
            done.append(task)
            yield worker(task)

    monkeypatch.setattr(running, "spread", here)
    return done


@pytest.fixture
def batched(tiny_model: Path, shards: list[int], tmp_path: Path) -> Batched:
    """Run a batch with the tiny model, three photos a shard, into OUT."""

    def batched(*sources: object, out: str | Path = tmp_path / "out", **way: Any) -> Ran:
        private = way.get("private", False)
        found = listed(map(str, sources), private=private)
        assert found.mistakes == []
        return run(found, out, Way(way.pop("model", tiny_model), **way), workers=1, shard=3)

    return batched

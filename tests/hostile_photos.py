"""Photos that are none, beside one that is: what every way through many photos has to live with."""

import os
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image


class Hostile(NamedTuple):
    """A folder of such photos, and an archive in it.

    Attributes:
        sources: the folder and the archive, as people name them.
        reasons: by what each is called: how the reason begins, None where it is a photo after all.
    """

    sources: list[str]
    reasons: dict[str, str | None]


@pytest.fixture
def hostile(tmp_path: Path, shared: Path) -> Hostile:
    """Bombs, files that are cut, empty or devices, links into nothing, and a name that is no UTF-8."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    Image.linear_gradient("L").convert("RGB").save(folder / "fine.jpg")
    content = (folder / "fine.jpg").read_bytes()
    for case in (shared / "cases" / "hostile" / "02").iterdir():
        (folder / case.name).write_bytes(case.read_bytes())
    (folder / "cut.jpg").write_bytes(content[: len(content) // 2])
    (folder / "empty.jpg").touch()
    (folder / "nowhere.jpg").symlink_to("gone.jpg")
    (folder / "zero.jpg").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.jpg")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xfe.jpg")).write_bytes(content)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("huge.jpg", bytes(50_000_000))
    reasons = {
        "fine.jpg": None,
        r"\xfe.jpg": None,
        "bomb_rgba.png": "has 10900 x 10900 pixels, which take",
        "bomb.zip": "50,000,000 bytes come out of",
        "cut.jpg": "is truncated",
        "empty.jpg": "is empty (0 bytes)",
        "hugepng_7.png": "has 1 x 119000000 pixels, which take",
        "nowhere.jpg": "is a link that leads nowhere",
        "pipe.jpg": "is no file: a pipe, or a device",
        "zero.jpg": "is no file: a pipe, or a device",
    }
    return Hostile([str(folder), str(folder / "bomb.zip")], reasons)


def assert_each_has_its_reason(found: dict[str, str | None], hostile: Hostile) -> None:
    """Check what was said of each photo."""
    assert set(found) == set(hostile.reasons)
    for name, begin in hostile.reasons.items():
        assert (found[name] is None) == (begin is None), name
        assert (found[name] or "").startswith(begin or ""), name

"""The face detector is loaded once, checked, and kept."""

import hashlib
from pathlib import Path

import pytest

from misbehaving_server import Server
from wildwear.curation.face_model import YUNET, kept
from wildwear.datasets.sources.public_sets import File
from wildwear.errors import DatasetError

pytest.importorskip("httpx")
CONTENT = b"a detector" * 1000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "wildwear"


def test_it_is_loaded_once_and_anew_where_it_is_damaged(server: Server, cache: Path) -> None:
    url = server.offer("yunet.onnx", CONTENT)
    file = File("yunet.onnx", url, sha256=hashlib.sha256(CONTENT).hexdigest())
    said: list[str] = []
    assert kept(said.append, file) == cache / "yunet.onnx"
    assert kept(said.append, file).read_bytes() == CONTENT
    assert len(said) == len(server.asked) == 1
    (cache / "yunet.onnx").write_bytes(b"damaged")
    assert kept(said.append, file).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_another_file_than_the_one_that_is_known_is_refused(server: Server, cache: Path) -> None:
    file = File("yunet.onnx", server.offer("yunet.onnx", CONTENT), sha256="0" * 64)
    with pytest.raises(DatasetError):
        kept(lambda _: None, file)
    assert not (cache / "yunet.onnx").exists()


def test_without_a_network_it_says_where_to_put_the_file(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wildwear.datasets.sources.download.ATTEMPTS", 1)
    file = File("yunet.onnx", "https://127.0.0.1:9/yunet.onnx", sha256="0" * 64)
    with pytest.raises(DatasetError) as failed:
        kept(lambda _: None, file)
    assert "cannot reach 127.0.0.1" in str(failed.value)
    assert "--face-model yunet.onnx" in str(failed.value)
    assert str(cache / "yunet.onnx") in str(failed.value)


def test_what_is_loaded_is_the_file_of_the_issue() -> None:
    assert YUNET.url is not None
    assert YUNET.url.endswith("/face_detection_yunet_2023mar.onnx")
    assert YUNET.sha256 == "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"

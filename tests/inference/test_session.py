"""From the name of a model to something that runs."""

from pathlib import Path

import onnxruntime
import pytest

from tiny_model import CARD, build_tiny_model
from wildwear.errors import ModelError
from wildwear.inference import find_model, load
from wildwear.inference.session import BUNDLED, DEFAULT, providers_of


def test_a_path_is_a_model(tiny_model: Path) -> None:
    assert find_model(tiny_model) == tiny_model
    assert find_model(str(tiny_model)) == tiny_model


def test_default_is_the_bundled_model() -> None:
    if not (BUNDLED / f"{DEFAULT}.onnx").is_file():
        pytest.skip("no model is bundled yet")
    assert find_model("default") == find_model(DEFAULT) == BUNDLED / f"{DEFAULT}.onnx"
    assert len(load().card.categories) == 30


def test_an_unknown_model_is_an_error_that_names_it() -> None:
    with pytest.raises(ModelError, match=r"wildwear-xxl: no such file, and no bundled model of that name"):
        find_model("wildwear-xxl")


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x07", b"PK\x03\x04", bytes(1000)])
def test_a_file_that_is_no_model_is_an_error_that_names_it(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "photo.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"photo\.onnx"):
        load(path)


def test_a_model_cut_off_in_a_download_is_an_error(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.onnx"
    path.write_bytes(tiny_model.read_bytes()[:-500])
    with pytest.raises(ModelError, match=r"half\.onnx"):
        load(path)


def test_a_model_without_a_card_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "foreign.onnx"
    path.write_bytes(build_tiny_model(None))
    with pytest.raises(ModelError, match=r"foreign\.onnx: an ONNX model, but not one that wildwear exported"):
        load(path)


def test_a_graph_of_another_shape_is_an_error_that_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "bare.onnx"
    path.write_bytes(build_tiny_model(CARD).replace(b"probabilities", b"probabilitiez"))
    with pytest.raises(ModelError, match=r"bare\.onnx: its graph lacks probabilities"):
        load(path)


def test_a_provider_that_is_not_installed_is_an_error_that_says_what_brings_it(tiny_model: Path) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    with pytest.raises(ModelError, match="onnxruntime-gpu brings CUDA"):
        load(tiny_model, providers=["CUDAExecutionProvider"])


def test_a_provider_that_no_test_has_run_on_warns(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildwear.inference.session.USUAL_PROVIDERS", ())
    with pytest.warns(UserWarning, match="CPUExecutionProvider: untested with wildwear"):
        load(tiny_model, providers=["CPUExecutionProvider"])


def test_metadata_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    content = build_tiny_model(CARD).replace(b"none: its answers", b"n\xffne: its answers")
    (tmp_path / "tiny.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"tiny\.onnx: its (metadata is not UTF-8 text|card is damaged)"):
        load(tmp_path / "tiny.onnx")


def test_a_device_is_called_as_people_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    providers = ["TensorrtExecutionProvider", "AzureExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    assert providers_of("CPU") == ["CPUExecutionProvider"]
    assert providers_of("tensorrt") == ["TensorrtExecutionProvider", "CPUExecutionProvider"]
    for name in ("gpu", "azure", "cuda"):
        with pytest.raises(
            ModelError, match=f"^{name}: there is cpu, tensorrt here; cuda, an NVIDIA GPU, comes"
        ):
            providers_of(name)


def test_there_cannot_be_less_than_no_threads(tiny_model: Path) -> None:
    with pytest.raises(ValueError, match="-1 threads cannot be; 0 takes every core"):
        load(tiny_model, threads=-1)


@pytest.mark.parametrize("providers", ["cpu", []])
def test_providers_are_a_list_that_names_one(providers: list[str], tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="providers are a list, "):
        load(tiny_model, providers=providers)

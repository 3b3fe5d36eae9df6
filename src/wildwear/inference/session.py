"""Opening a model file: from a name to an onnxruntime session and its card."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import onnxruntime

from wildwear.errors import ModelError
from wildwear.inference.card import ModelCard, read_card
from wildwear.inference.onnx_file import refuse_external_data

BUNDLED = Path(__file__).parent.parent / "models_bundled"
DEFAULT = "wildwear-s"
USUAL_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
DEVICES = {  # what people call them: what onnxruntime does
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
INPUTS = {"photos", "min_score", "extra_boxes"}
OUTPUTS = ["batch", "boxes", "scores", "category_ids", "probabilities", "masks"]
FEATURES = "features"  # an output that only newer files have


def bundled_models() -> list[str]:
    """The names of the models in the package, `default` among them by its own name."""
    return sorted(file.stem for file in BUNDLED.glob("*.onnx"))


def find_model(model: str | Path) -> Path:
    """Return the file of a model: "default", the name of a bundled one, or a path.

    Raises:
        ModelError: there is no such file; the message names the bundled models.
    """
    bundled = BUNDLED / f"{DEFAULT if model == 'default' else model}.onnx"
    path = bundled if isinstance(model, str) and bundled.is_file() else Path(model)
    if not path.is_file():
        names = ", ".join(bundled_models()) or "none"
        raise ModelError(f"{model}: no such file, and no bundled model of that name (bundled: {names}).")
    return path


def open_session(
    path: Path, *, providers: Sequence[str] | None, threads: int
) -> tuple[onnxruntime.InferenceSession, ModelCard]:
    """Check a model file and make it ready to run.

    Args:
        path: the `.onnx` file.
        providers: names of onnxruntime execution providers, the preferred first; None takes the usual ones.
        threads: threads for one run; 0 lets onnxruntime take every core.

    Raises:
        ModelError: the file is not a wildwear model, points outside itself, or a provider is not installed.
        ValueError: there cannot be so many threads.
    """
    if threads < 0:
        raise ValueError(f"{threads} threads cannot be; 0 takes every core")
    providers = preferred() if providers is None else providers
    require(providers)
    content = path.read_bytes()
    refuse_external_data(content, path.name)
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = min(threads, os.cpu_count() or threads)  # it would make millions
    options.log_severity_level = 3  # errors alone: its warnings speak to graph authors
    # By default idle threads spin, waiting for work. That gains a tenth on an idle machine and costs almost
    # half as much again on a busy one (172 against 245 ms a photo): it burns a core that a server needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(content, options, providers=list(providers))
    except Exception as error:  # onnxruntime's own exceptions share no base class below Exception
        raise ModelError(f"{path.name}: onnxruntime cannot load it: {one_line(error)}") from error
    try:
        metadata = session.get_modelmeta().custom_metadata_map
        names = {node.name for node in [*session.get_inputs(), *session.get_overridable_initializers()]}
        results = {node.name for node in session.get_outputs()}
    except UnicodeDecodeError as error:
        raise ModelError(f"{path.name}: its metadata is not UTF-8 text: {error}") from error
    card = read_card(metadata, path.name)
    lacking = (INPUTS - names) | (set(OUTPUTS) - results)
    if lacking:
        raise ModelError(f"{path.name}: its graph lacks {', '.join(sorted(lacking))}.")
    if session.get_providers()[0] != providers[0]:
        warnings.warn(f"{providers[0]} did not start; running on {session.get_providers()[0]}.", stacklevel=3)
    return session, card


def preferred() -> list[str]:
    """The usual providers that this onnxruntime has, the fastest first."""
    available = onnxruntime.get_available_providers()
    return [provider for provider in USUAL_PROVIDERS if provider in available]


def providers_of(device: str) -> list[str]:
    """The providers that run a model on a device, and on the CPU what that cannot.

    Args:
        device: one of `DEVICES`.

    Raises:
        ModelError: this onnxruntime has no such device.
    """
    available = onnxruntime.get_available_providers()
    there = {name: one for name, one in DEVICES.items() if one in available}
    if device.lower() not in there:
        brings = "" if "cuda" in there else "; cuda, an NVIDIA GPU, comes with the package onnxruntime-gpu"
        raise ModelError(f"{device}: there is {', '.join(there)} here{brings}")
    return list(dict.fromkeys([there[device.lower()], DEVICES["cpu"]]))


def require(providers: Sequence[str]) -> None:
    """Raise unless this onnxruntime has every provider; warn about those that no test of ours has run on."""
    if isinstance(providers, str) or not providers:
        raise ModelError(f"providers are a list, ['CPUExecutionProvider'] say, not {providers!r}")
    available = onnxruntime.get_available_providers()
    for provider in providers:
        if provider not in available:
            raise ModelError(
                f"{provider} is not in this onnxruntime (it has {', '.join(available)}); "
                "the package onnxruntime-gpu brings CUDA, onnxruntime-openvino brings OpenVINO."
            )
        if provider not in USUAL_PROVIDERS:
            warnings.warn(f"{provider}: untested with wildwear; compare with the CPU first.", stacklevel=4)


def one_line(error: Exception) -> str:
    """Return the message of an error without its line breaks, cut to a readable length."""
    return " ".join(str(error).split())[:300]

"""No model file may make the runtime read another file."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from wildwear.errors import ModelError
from wildwear.inference import load
from wildwear.inference.onnx_file import refuse_external_data


def external_tensor() -> TensorProto:
    tensor = numpy_helper.from_array(np.zeros(4, dtype=np.float32), "weights")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    return tensor


def model_of(graph: onnx.GraphProto) -> bytes:
    return bytes(helper.make_model(graph).SerializeToString())


def graph_of(nodes: list[onnx.NodeProto], tensors: list[TensorProto]) -> onnx.GraphProto:
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])
    return helper.make_graph(nodes, "graph", [], [output], tensors)


def in_a_constant() -> bytes:
    return model_of(graph_of([helper.make_node("Constant", [], ["y"], value=external_tensor())], []))


def in_a_branch() -> bytes:
    branch = graph_of([helper.make_node("Identity", ["weights"], ["y"])], [external_tensor()])
    node = helper.make_node("If", ["condition"], ["y"], then_branch=branch, else_branch=branch)
    return model_of(graph_of([node], []))


def in_a_sparse_tensor() -> bytes:
    graph = graph_of([], [])
    indices = numpy_helper.from_array(np.arange(4), "indices")
    graph.sparse_initializer.append(helper.make_sparse_tensor(external_tensor(), indices, [8]))
    return model_of(graph)


def in_a_function() -> bytes:
    model = helper.make_model(graph_of([], []))
    constant = helper.make_node("Constant", [], ["y"], value=external_tensor())
    opset = [helper.make_opsetid("", 18)]
    model.functions.append(helper.make_function("ours", "f", [], ["y"], [constant], opset))
    return bytes(model.SerializeToString())


def without_a_location() -> bytes:
    tensor = external_tensor()
    tensor.ClearField("data_location")
    return model_of(graph_of([], [tensor]))


HIDING_PLACES = [
    lambda: model_of(graph_of([], [external_tensor()])),
    in_a_constant,
    in_a_branch,
    in_a_sparse_tensor,
    in_a_function,
    without_a_location,
]


@pytest.mark.parametrize("hide", HIDING_PLACES)
def test_external_data_is_refused_wherever_it_hides(hide: Callable[[], bytes]) -> None:
    with pytest.raises(ModelError, match=r"sly\.onnx: keeps weights in another file"):
        refuse_external_data(hide(), "sly.onnx")


def test_a_model_that_holds_its_weights_passes(tiny_model: Path) -> None:
    refuse_external_data(tiny_model.read_bytes(), "tiny.onnx")


def test_external_data_is_refused_before_the_runtime_sees_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sly.onnx"
    path.write_bytes(HIDING_PLACES[0]())
    with pytest.raises(ModelError, match="keeps weights in another file"):
        load(path)


@given(st.binary(max_size=200))
def test_any_bytes_at_all_pass_or_are_a_model_error(content: bytes) -> None:
    with suppress(ModelError):
        refuse_external_data(content, "x.onnx")


@given(st.data())
def test_a_truncated_or_damaged_model_passes_or_is_a_model_error(data: st.DataObject) -> None:
    content = bytearray(in_a_branch())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ModelError):
        refuse_external_data(bytes(content[: data.draw(st.integers(0, len(content)))]), "x.onnx")


def test_graphs_nested_without_end_are_refused() -> None:
    message = b""
    for _ in range(150):  # a graph in an attribute in a node in a graph
        for key in (0x32, 0x2A, 0x0A):
            message = bytes([key]) + varint(len(message)) + message
    with pytest.raises(ModelError, match="not an ONNX file"):
        refuse_external_data(b"\x3a" + varint(len(message)) + message, "deep.onnx")


def varint(number: int) -> bytes:
    encoded = b""
    while number >= 0x80:
        encoded += bytes([number & 0x7F | 0x80])
        number >>= 7
    return encoded + bytes([number])

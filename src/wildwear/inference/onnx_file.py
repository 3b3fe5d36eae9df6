"""A look into an ONNX file before it is run: it must hold all its weights itself.

A tensor with external data names a file on this machine that the runtime would read in its place, so a
downloaded model could point anywhere. Walking the protobuf here needs neither the `onnx` package nor trust in
the runtime.

Source: onnx.proto3 of ONNX 1.17 and the protobuf wire format (protobuf.dev/programming-guides/encoding).
"""

from collections.abc import Iterator

from wildwear.errors import ModelError

# For each message: which of its fields, by number, lead to a tensor, and through which message.
CHILDREN = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor",
        6: "graph",
        10: "tensor",
        11: "graph",
        22: "sparse",
        23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
EXTERNAL_DATA, DATA_LOCATION = 13, 14  # fields of a tensor
MAX_DEPTH = 100  # of graphs in graphs; a real model has a handful


def refuse_external_data(content: bytes, source: str) -> None:
    """Raise unless this is an ONNX file that keeps every tensor inside.

    Args:
        content: the whole file.
        source: what to call it in an error.

    Raises:
        ModelError: it points at another file, or is not ONNX at all.
    """
    try:
        external = points_outside(memoryview(content), "model", MAX_DEPTH)
    except (IndexError, ValueError) as error:
        raise ModelError(f"{source}: not an ONNX file, or a damaged one.") from error
    if external:
        raise ModelError(
            f"{source}: keeps weights in another file (ONNX external data); wildwear runs only whole files."
        )


def points_outside(message: memoryview, kind: str, depth: int) -> bool:
    """Whether any tensor in this message has external data."""
    if not depth:
        raise ValueError("nested too deeply")
    for number, value in fields(message):
        if kind == "tensor" and number in (EXTERNAL_DATA, DATA_LOCATION) and value:
            return True
        child = CHILDREN[kind].get(number)
        if child and isinstance(value, memoryview) and points_outside(value, child, depth - 1):
            return True
    return False


def fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Yield the number and value of each field; fixed-size numbers, which we never need, as 0."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        match key & 7:
            case 0:
                value, at = varint(message, at)
                yield key >> 3, value
            case 2:
                length, at = varint(message, at)
                if at + length > len(message):
                    raise ValueError("truncated")
                yield key >> 3, message[at : at + length]
                at += length
            case 1:
                at += 8
            case 5:
                at += 4
            case wire_type:
                raise ValueError(f"unknown wire type {wire_type}")
    if at > len(message):
        raise ValueError("truncated")


def varint(message: memoryview, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte; return it and where the next field starts."""
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
        if shift > 63:
            raise ValueError("a number too long")

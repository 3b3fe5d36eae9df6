"""Pickles of arrays, read without running anything that they name.

A pickle is a program for a small machine that may call whatever it names. Here it may name nothing but the
stand-ins below, which build arrays out of bytes; every other name is refused, as are instructions that a
pickle of arrays does not need. NumPy itself never sees what the file says.
"""

from __future__ import annotations

import math
import mmap
import pickle
import pickletools
import re
from pathlib import Path
from pickletools import markobject
from typing import Any

import numpy as np

from wildwear.errors import ModelError

# Instructions for plain containers, texts, numbers and bytes, and for naming and calling the stand-ins.
INSTRUCTIONS = {
    "PROTO", "FRAME", "STOP", "MARK", "POP",
    "EMPTY_DICT", "DICT", "SETITEM", "SETITEMS", "EMPTY_LIST", "LIST", "APPEND", "APPENDS",
    "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
    "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
    "BINPUT", "LONG_BINPUT", "MEMOIZE", "BINGET", "LONG_BINGET", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD",
}  # fmt: skip
NUMBER = re.compile(r"[fiu][1248]|b1")
MOST_PARTS = 100_000  # of a tuple, with all that is in the tuples in it


class Ordered(dict[Any, Any]):
    """Stands for `collections.OrderedDict`; what torch attaches to one is dropped."""

    def __setstate__(self, _: Any) -> None: ...


class Bytes(bytes):
    """Stands for `codecs.encode`, which writes bytes in protocol 2, and for `bytes()`, empty ones."""

    def __new__(cls, text: str = "", _: str = "") -> Bytes:
        return super().__new__(cls, text, "latin1")

    def __setstate__(self, _: Any) -> None: ...


class Dtype:
    """Stands for `numpy.dtype`: numbers alone, no objects and no records."""

    def __init__(self, code: str, *_: Any) -> None:
        if not NUMBER.fullmatch(code):
            raise ModelError(f"an array of type {code!r}; expected numbers")
        self.numpy = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order, details = state[1], state[2:5]
        if order not in ("<", ">", "|", "=") or any(part is not None for part in details):
            raise ModelError("an array of records; expected numbers")
        self.numpy = self.numpy.newbyteorder(order)


class Array:
    """Stands for `numpy.ndarray`; `numpy` is the array, once its bytes have come."""

    def __init__(self, *_: Any) -> None:
        self.numpy: np.ndarray[Any, Any] | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, is_fortran, content = state
        self.fill(content, dtype, shape, "F" if is_fortran else "C")

    def fill(self, content: Any, dtype: Dtype, shape: tuple[int, ...], order: Any) -> None:
        """Make the array, of its own memory and in this machine's byte order."""
        raw = content.encode("latin1") if isinstance(content, str) else content  # a str: written by Python 2
        if not isinstance(raw, bytes | bytearray) or not all(
            isinstance(side, int) and side >= 0 for side in shape
        ):
            raise ModelError("an array without bytes or sides")
        if math.prod(shape) * dtype.numpy.itemsize != len(raw):
            raise ModelError(f"an array of shape {shape} and {len(raw)} bytes, which contradict each other")
        found = np.ndarray(shape, dtype.numpy, raw, order=order)
        self.numpy = np.array(found, dtype.numpy.newbyteorder("="), order="C")


class Buffer(Array):
    """Stands for NumPy's function for arrays in protocol 5."""

    def __init__(self, content: Any, dtype: Dtype, shape: tuple[int, ...], order: str) -> None:
        self.fill(content, dtype, shape, order)


class Scalar(Array):
    """Stands for NumPy's function for single numbers."""

    def __init__(self, dtype: Dtype, content: Any) -> None:
        self.fill(content, dtype, (), "C")


# All of them are classes with a `__setstate__`: so nothing that a pickle sets can change them.
STAND_INS: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): Ordered,
    ("_codecs", "encode"): Bytes,
    ("__builtin__", "bytes"): Bytes,
    ("numpy", "dtype"): Dtype,
    ("numpy", "ndarray"): Array,
}
for package in ("numpy.core", "numpy._core"):  # before and since NumPy 2
    STAND_INS[f"{package}.multiarray", "_reconstruct"] = Array
    STAND_INS[f"{package}.multiarray", "scalar"] = Scalar
    STAND_INS[f"{package}.numeric", "_frombuffer"] = Buffer


class ArraysOnly(pickle.Unpickler):
    """The standard machine, which finds nothing but the stand-ins."""

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in of a name."""
        if (module, name) not in STAND_INS:
            raise ModelError(f"names {module}.{name}, which is no array; nothing of it was run")
        return STAND_INS[module, name]


def read_arrays(path: Path) -> Any:
    """The document in a pickle: plain containers, texts, numbers, and `Array`s.

    Raises:
        ModelError: the file cannot be read, is no pickle, or names something else than arrays.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            check_instructions(content)
            content.seek(0)
            check_tuples(content)
            content.seek(0)
            return ArraysOnly(content, encoding="latin1").load()
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except Exception as error:  # a damaged pickle can make the machine fail in any way
        raise ModelError(f"{path}: is no readable pickle of arrays: {error!r}") from error


def check_instructions(content: Any) -> None:
    """Raise `ModelError` for an instruction that arrays do not need, or `ValueError` where lengths are wrong.

    A length or a place in the machine's memory that the file does not fill would make it ask for any amount
    of memory.
    """
    for count, (instruction, argument, _) in enumerate(pickletools.genops(content)):
        if instruction.name not in INSTRUCTIONS:
            raise ModelError(f"holds the instruction {instruction.name}, which no pickle of arrays needs")
        if instruction.name in ("BINPUT", "LONG_BINPUT") and int(argument or 0) > count:
            raise ModelError("numbers its parts higher than it has parts")


def check_tuples(content: Any) -> None:
    """Raise `ModelError` for a tuple of more parts than any weights need, before anybody looks into it.

    A pickle of 200 bytes can double a tuple forty times. That takes no memory; but a dict that gets it as a
    key would add up its 2**40 parts.

    Args:
        content: a file or bytes; one pickle is read from it.
    """
    stack: list[int] = []  # the parts of every value that the pickle's machine holds; 1 for what is no tuple
    marks: list[int] = []  # where on it they are
    memory: dict[int, int] = {}
    for instruction, argument, _ in pickletools.genops(content):
        name, before = instruction.name, instruction.stack_before
        if name == "MARK":
            marks.append(len(stack))
            continue
        if markobject in before:
            start = marks.pop() - before.index(markobject)
        elif name == "POP" and marks and marks[-1] == len(stack):
            start = marks.pop()
        else:
            start = len(stack) - len(before)
        taken = stack[start:]
        del stack[start:]
        if name.startswith("TUPLE") or name == "REDUCE":
            stack.append(1 + sum(taken))
            if stack[-1] > MOST_PARTS:
                raise ModelError(f"holds a tuple of more than {MOST_PARTS:,} parts, which no weights need")
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memory.get(int(argument or 0), 1))
        elif name == "MEMOIZE":
            memory[len(memory)] = taken[0]
            stack.append(taken[0])
        else:
            if name in ("PUT", "BINPUT", "LONG_BINPUT"):
                memory[int(argument or 0)] = stack[-1]
            stack.extend(taken * 2 if name == "DUP" else [1] * len(instruction.stack_after))

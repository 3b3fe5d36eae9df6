"""JSON documents of any size, in and out. Not for what they mean: see `formats/`."""

import gc
import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from wildwear.errors import DatasetError


def read_json(path: Path, *, allow_nan: bool = False) -> Any:
    """The content of a JSON file.

    Args:
        path: the file, UTF-8, with or without a byte order mark.
        allow_nan: let NaN and infinity pass, which Python's own `json` writes although JSON has no word for
            them.

    Raises:
        DatasetError: the file cannot be read or is not JSON; or it holds NaN: the message says where.
    """
    content = read_bytes(path)
    with one_collection():
        try:
            document, is_plain = _decoded(content)
        except ValueError as error:
            raise DatasetError(f"{path}: is not JSON: {error}") from error
    if not (is_plain or allow_nan) and (place := non_finite(document)) is not None:
        raise DatasetError(f"{path}: {place} is not a finite number")
    return document


def decode_json(content: bytes) -> Any:
    """The value of a JSON text. NaN and infinity pass, and so do names of files whose bytes are no UTF-8, as
    Python writes them (`"\\udcfe.jpg"`); both are asked of Python's own slower `json`.

    Raises:
        ValueError: it is not JSON, or holds other text that is not Unicode.
    """
    return _decoded(content)[0]


def _decoded(content: bytes) -> tuple[Any, bool]:
    """`decode_json`, and whether msgspec read it: then every number is finite, and need not be looked at."""
    try:
        return msgspec.json.decode(content), True
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not OF_PYTHON.search(content):
            raise ValueError(str(error)) from error
    try:
        value = json.loads(content)
    except RecursionError as error:
        raise ValueError(str(error)) from error
    _require_text(value)
    return value, False


def top_level(path: Path) -> dict[str, msgspec.Raw]:
    """The keys of a JSON object with their values undecoded; empty where the file is no sound JSON object."""
    try:
        content = path.read_bytes().removeprefix(BOM)
        return msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (OSError, UnicodeDecodeError, RecursionError):
        return {}
    except msgspec.DecodeError:
        if not SURROGATE.search(content):
            return {}
    try:
        document = decode_json(content)
        return {key: msgspec.Raw(json.dumps(value).encode()) for key, value in document.items()}
    except (AttributeError, ValueError):
        return {}


def encode_json(value: Any) -> bytes:
    """JSON in UTF-8, without spaces. The names of files may be bytes that are no UTF-8 (see `decode_json`).

    Raises:
        ValueError: it holds NaN, infinity, other text that is not Unicode, or an object that JSON cannot say.
    """
    try:
        text = msgspec.json.encode(value)
    except UnicodeEncodeError:
        _require_text(value)
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    # msgspec writes NaN as null: where a null stands, Python's slower encoder decides.
    if NULL.search(text):
        json.dumps(value, allow_nan=False)
    return text


def plain(value: Any) -> Any:
    """Plain dicts, lists and numbers for JSON, of dataclasses and arrays too; None stands for NaN."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def non_finite(value: Any) -> str | None:
    """Where a document first holds NaN or infinity: `annotations[3].bbox[2]`."""
    return next(_non_finite(value, ""), None)


@contextmanager
def one_collection() -> Iterator[None]:
    """Hold the garbage collector back while millions of values are made, none of them garbage: a quarter of
    the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


BOM = b"\xef\xbb\xbf"
NULL = re.compile(rb"null")  # found four times faster than by `in`
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
OF_PYTHON = re.compile(SURROGATE.pattern + rb"|NaN|Infinity")
FILE_NAMES = {"file_name", "original_file_name", "imagePath"}  # fields in which bytes stand for themselves
BYTES = re.compile("[\udc80-\udcff]")
NO_TEXT = re.compile("[\ud800-\udfff]")


def read_bytes(path: Path) -> bytes:
    """The content of a text file without its byte order mark. Raises `DatasetError` naming the file."""
    try:
        with path.open("rb", buffering=0) as file:  # nearly twice as fast as `read_bytes`
            return file.read().removeprefix(BOM)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error


def _require_text(value: Any) -> None:
    """Raise `ValueError` naming a text that is not Unicode; in the name of a file single bytes may be."""
    if (found := next(_no_text(value, ""), None)) is not None:
        place, text = found
        raise ValueError(f"{place or 'its only value'} is text that is not Unicode: {text!a:.60}")


def _no_text(value: Any, place: str, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        rest = BYTES.sub("", value) if field in FILE_NAMES else value
        if NO_TEXT.search(rest):
            yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _no_text(key, place)
            yield from _no_text(inner, f"{place}.{key}" if place else key, key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _no_text(inner, f"{place}[{index}]", field)


def _non_finite(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, float) and not math.isfinite(value):
        yield place or "its only value"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _non_finite(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _non_finite(inner, f"{place}[{index}]")

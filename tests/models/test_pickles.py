"""Pickles of arrays come back as they were; whatever else a pickle may hold is refused, and never run."""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildwear.errors import ModelError
from wildwear.models.pickles import Array, check_tuples, read_arrays

ARRAYS = {
    "float32": np.arange(6, dtype=np.float32).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3)),
    "half": np.ones((1, 2), np.float16),
    "big endian": np.array([1, 2, 300], ">i4"),
    "truth": np.array([True, False]),
    "empty": np.zeros((0, 3), np.float32),
    "number": np.array(5, np.int64),
}


def read(path: Path, content: bytes) -> Any:
    path.write_bytes(content)
    return read_arrays(path)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_arrays_come_back_as_they_were(tmp_path: Path, protocol: int) -> None:
    document = {
        "model": OrderedDict(ARRAYS),
        "__author__": "me",
        "more": [1, 2.5, None, True, ("a", b"b"), {}],
    }
    document["scalar"] = np.float32(1.5)
    found = read(tmp_path / "a.pkl", pickle.dumps(document, protocol))
    assert (found["__author__"], found["more"]) == (document["__author__"], document["more"])
    assert found["scalar"].numpy == np.float32(1.5)
    assert list(found["model"]) == list(ARRAYS)
    for name, expected in ARRAYS.items():
        array = found["model"][name].numpy
        np.testing.assert_array_equal(array, expected)
        assert array.dtype == expected.dtype.newbyteorder("=")
        assert array.flags.writeable


def test_names_of_numpy_before_and_since_its_second_version_are_known(tmp_path: Path) -> None:
    now = pickle.dumps(ARRAYS["float32"], 2)
    assert b"numpy._core.multiarray" in now
    before = now.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    np.testing.assert_array_equal(read(tmp_path / "a.pkl", before).numpy, ARRAYS["float32"])


def test_what_python_2_wrote_is_read(tmp_path: Path) -> None:
    # SHORT_BINSTRING for the array's bytes, as Python 2 had them.
    raw = ARRAYS["float32"].tobytes()
    content = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x02K\x03\x86"
        b"cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"U" + bytes([len(raw)]) + raw + b"tb."
    )
    np.testing.assert_array_equal(read(tmp_path / "a.pkl", content).numpy, ARRAYS["float32"])


class Calls:
    """Pickles into a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


MARKER = "ran"


@pytest.mark.parametrize("protocol", [0, 1, 2, 4, 5])
@pytest.mark.parametrize(
    ("function", "arguments"),
    [(exec, (f"open({MARKER!r}, 'w')",)), (subprocess.call, (["touch", MARKER],)), (getattr, (Path, "home"))],
)
def test_a_pickle_that_calls_something_is_refused_and_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int, function: Any, arguments: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    document = {"model": {"a": np.zeros(2, np.float32), "b": Calls(function, *arguments)}}
    content = pickle.dumps(document, protocol)
    if protocol < 2:  # their instructions are not even known
        with pytest.raises(ModelError, match=r"a\.pkl: holds the instruction \w+, which no pickle of arrays"):
            read(tmp_path / "a.pkl", content)
    else:
        with pytest.raises(
            ModelError, match=r"a\.pkl: names \w+\.\w+, which is no array; nothing of it was run"
        ):
            read(tmp_path / "a.pkl", content)
    assert not (tmp_path / MARKER).exists()
    if function is not getattr:
        assert b"ran" in content


def unicode(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no readable pickle"),
        (b"PK\x03\x04 a zip", "is no readable pickle|holds the instruction"),
        (b"\x80\x02", "is no readable pickle"),
        (b"\x80\x02}q\x00.extra", None),
        (b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00trueq\x00\x85R.", "names os.system"),
        (b"\x80\x04" + unicode("os") + unicode("system") + b"\x93.", "names os.system"),
        (b"\x80\x04" + unicode("numpy") + unicode("core.multiarray.sys") + b"\x93.", "names numpy.core.mult"),
        (b"\x80\x04" + unicode("numpy") + unicode("load") + b"\x93.", "names numpy.load"),
        (b"\x80\x02cbuiltins\neval\n.", "names builtins.eval"),
        (b"\x80\x02\x82\x01.", "instruction EXT1"),
        (b"\x80\x02X\x01\x00\x00\x00aQ.", "instruction BINPERSID"),
        (b"(ios\nsystem\n.", "instruction INST"),
        (b"\x80\x02ccollections\nOrderedDict\n)\x81.", "instruction NEWOBJ"),
        (b"\x80\x05\x97.", "instruction NEXT_BUFFER"),
        (b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b"few.", "expected 1099511627776 bytes"),
        (b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"few.", "expected 1099511627776 bytes"),
        (b"\x80\x02}r" + struct.pack("<I", 2**32 - 2) + b".", "numbers its parts higher"),
    ],
)
def test_hostile_and_damaged_files_are_refused(tmp_path: Path, content: bytes, message: str | None) -> None:
    if message is None:
        assert read(tmp_path / "a.pkl", content) == {}
        return
    with pytest.raises(ModelError, match=rf"a\.pkl: .*({message})"):
        read(tmp_path / "a.pkl", content)


class Dtyped:
    """Pickles into an array with a state of one's own choice."""

    def __init__(self, code: str, dtype_state: Any, *state: Any) -> None:
        self.code, self.dtype_state, self.state = code, dtype_state, state

    def __reduce__(self) -> Any:
        dtype = np.dtype(self.code)
        reconstruct, arguments, _ = np.zeros(1).__reduce__()
        shape, raw = self.state
        return reconstruct, arguments, (1, shape, dtype, False, raw)


@pytest.mark.parametrize(
    ("code", "shape", "raw", "message"),
    [
        ("O", (1,), [object], "type 'O8'; expected numbers"),
        ("O", (1,), b"12345678", "type 'O8'; expected numbers"),
        ("i4,f4", (1,), b"12345678", "type 'V8'; expected numbers"),
        ("S4", (1,), b"1234", "type 'S4'; expected numbers"),
        ("M8[s]", (1,), b"12345678", "type 'M8'; expected numbers"),
        ("f4", (2, 3), b"1234", r"shape \(2, 3\) and 4 bytes, which contradict"),
        ("f4", (2**40, 2**40), b"1234", "which contradict"),
        ("f4", (-1, -1), b"1234", "without bytes or sides"),
        ("f4", (1.0,), b"1234", "without bytes or sides"),
        ("f4", (1,), 7, "without bytes or sides"),
        ("f4", 7, b"1234", "is no readable pickle of arrays"),
    ],
)
def test_arrays_of_something_else_than_numbers_or_of_wrong_sizes_are_refused(
    tmp_path: Path, code: str, shape: Any, raw: Any, message: str
) -> None:
    if raw == [object]:
        raw = ["a"]
    with pytest.raises(ModelError, match=message):
        read(tmp_path / "a.pkl", pickle.dumps({"a": Dtyped(code, None, shape, raw)}, 4))


@pytest.mark.parametrize(
    "name", [b"numpy\ndtype", b"numpy\nndarray", b"_codecs\nencode", b"collections\nOrderedDict"]
)
def test_a_pickle_cannot_change_what_reads_it(tmp_path: Path, name: bytes) -> None:
    # BUILD with (None, {"fill": "gone"}) sets attributes of what was named, if it lets them be set.
    content = b"\x80\x02c" + name + b"\nN}" + unicode("fill") + unicode("gone") + b"s\x86b."
    with pytest.raises(ModelError):
        read(tmp_path / "a.pkl", content)
    assert callable(Array.fill)
    np.testing.assert_array_equal(read(tmp_path / "b.pkl", pickle.dumps(np.ones(3), 2)).numpy, np.ones(3))


def test_a_deeply_nested_pickle_does_not_end_the_process(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b".")
    code = (
        "import sys; from pathlib import Path; from wildwear.models.pickles import read_arrays;"
        "found = read_arrays(Path(sys.argv[1])); print(type(found).__name__); del found"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.pkl")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "list\n"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.pkl: cannot be read \(No such file"):
        read_arrays(tmp_path / "none.pkl")


def doubled(times: int) -> bytes:
    """A pickle of a tuple that holds itself twice, so many times over, in three bytes or four for each."""
    steps = b"".join(b"h%ch%c\x86q%c" % (place, place, place + 1) for place in range(1, times + 1))
    return b"\x80\x02}q\x00K\x01\x85q\x01" + steps + b"K\x01s."


def test_a_key_that_nobody_could_ever_add_up_is_refused_at_once(tmp_path: Path, shared: Path) -> None:
    hostile = (shared / "cases" / "hostile" / "07" / "hash.pkl").read_bytes()
    for content in (hostile, doubled(60)):
        with pytest.raises(ModelError, match=r"a\.pkl: holds a tuple of more than 100,000 parts"):
            read(tmp_path / "a.pkl", content)


def test_a_tuple_doubled_by_way_of_its_memory_or_of_a_copy_is_refused_too() -> None:
    memoized = b"\x80\x04)" + b"".join(b"\x94h%ch%c\x86" % (place, place) for place in range(40)) + b"."
    copied = b"\x80\x02)" + 40 * b"2\x86" + b"."
    wide = [b"0(" + 50 * (b"h%c" % place) + b"tq%c" % (place + 1) for place in range(9)]
    many = b"\x80\x02)q\x00" + b"".join(wide) + b"."
    for content in (memoized, copied, many):
        with pytest.raises(ModelError, match="more than 100,000 parts"):
            check_tuples(content)
    check_tuples(pickle.dumps({"a": (1, (2, (3, 4))), (5, 6): [(7,)] * 1000}, 2))

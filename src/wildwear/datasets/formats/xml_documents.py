"""XML documents of any size, in and out, element by element. Not for what they mean: see `formats/`.

A document type is refused: it brings entities, which can stand for gigabytes or for another file.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder, indent, tostring
from xml.parsers import expat

from wildwear.errors import DatasetError

CHUNK = 1 << 16  # bytes parsed at a time
DEEPEST = 32  # elements inside each other; CVAT and VOC have six
ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)")
HEAD = 4096  # bytes in which the root element begins
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def elements(path: Path, root: str, wanted: Collection[str]) -> Iterator[Element]:
    """The elements of these names in a file, each with all that is inside, in the order of the document.

    Args:
        path: the file.
        root: the name of the element around everything.
        wanted: names of elements; one inside another does not come alone.

    Raises:
        DatasetError: the file cannot be read, or as `elements_of`.
    """
    try:
        with path.open("rb") as file:
            yield from elements_of(iter(lambda: file.read(CHUNK), b""), str(path), root, wanted)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error


def elements_of(chunks: Iterable[bytes], name: str, root: str, wanted: Collection[str]) -> Iterator[Element]:
    """The elements of these names in a document that comes in chunks, as `elements`.

    Args:
        chunks: the document.
        name: what errors call it.
        root: the name of the element around everything.
        wanted: names of elements; one inside another does not come alone.

    Raises:
        DatasetError: it is not XML, has another root or a document type, or nests elements absurdly deep.
    """
    collector = _Collector(name, root, wanted)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    parser.StartDoctypeDeclHandler = collector.doctype
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            yield from collector.found
            collector.found.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise DatasetError(f"{name}:{error.lineno}: is not XML: {reason}") from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not know
        raise DatasetError(f"{name}: is not XML: {error}") from error
    yield from collector.found


def root_name(path: Path) -> str | None:
    """The name of the element around everything; None where the file does not begin like XML."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return None
    found = ROOT.search(head)
    return found[1].decode("ascii", "replace") if found else None


def serialised(element: Element, level: int = 0) -> str:
    """An element as indented text.

    Args:
        element: changed: its children get lines of their own.
        level: how deep it lies in its document.

    Raises:
        ValueError: it holds a character that XML has no way to say.
    """
    indent(element, level=level)
    text = tostring(element, encoding="unicode")
    if found := NOT_XML.search(text):
        raise ValueError(f"XML has no way to say the character {found[0]!r}")
    return "  " * level + text.replace("\r", "&#13;") + "\n"


class _Collector:
    """Builds the wanted elements while a parser goes through a document."""

    def __init__(self, name: str, root: str, wanted: Collection[str]) -> None:
        self.found: list[Element] = []
        self._name, self._root, self._wanted = name, root, wanted
        self._depth = self._started = 0  # _started: depth of the element being built
        self._builder: TreeBuilder | None = None

    def doctype(self, *declaration: object) -> NoReturn:
        raise DatasetError(f"{self._name}: has a document type (<!DOCTYPE), which is refused; delete it")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name != self._root:
            raise DatasetError(f"{self._name}: expected <{self._root}> around everything, found <{name}>")
        if self._depth > DEEPEST:
            raise DatasetError(f"{self._name}: nests more than {DEEPEST} elements inside each other")
        if self._builder is None and name in self._wanted:
            self._builder, self._started = TreeBuilder(), self._depth
        if self._builder is not None:
            self._builder.start(name, attributes)

    def text(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def end(self, name: str) -> None:
        if self._builder is not None:
            self._builder.end(name)
            if self._depth == self._started:
                self.found.append(self._builder.close())
                self._builder = None
        self._depth -= 1

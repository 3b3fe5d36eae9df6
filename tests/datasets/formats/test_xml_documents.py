"""XML documents: streamed element by element, and nothing in them can read a file or fill the memory."""

import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wildwear.datasets.formats.xml_documents import elements, root_name, serialised
from wildwear.errors import DatasetError

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from("\t\n\r"), max_size=20)


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_wanted_elements_come_whole_and_others_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", "<r><x>1<y/></x><z><x>2</x></z><w><v/></w></r>")
    found = list(elements(path, "r", {"x", "w"}))
    assert [(one.tag, one.text, [child.tag for child in one]) for one in found] == [
        ("x", "1", ["y"]),
        ("x", "2", []),
        ("w", None, ["v"]),
    ]


@given(text=TEXT, attribute=TEXT)
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str, attribute: str) -> None:
    element = Element("x", name=attribute)
    element.text = text
    path = written(tmp_path_factory.mktemp("xml") / "a.xml", f"<r>\n{serialised(element, 1)}</r>")
    (again,) = elements(path, "r", {"x"})
    assert (again.text or "", again.get("name")) == (text, attribute)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ufffe", "\ud800"])
def test_a_character_that_xml_cannot_say_is_refused(character: str) -> None:
    with pytest.raises(ValueError, match="XML has no way to say the character"):
        serialised(Element("x", name=f"hat{character}"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_document_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{name}"?><r><x>größe</x></r>'
    (element,) = elements(written(tmp_path / "a.xml", text.encode(encoding)), "r", {"x"})
    assert element.text == "größe"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"a\.xml:1: is not XML: no element found"),
        ("{}", r"a\.xml:1: is not XML: not well-formed"),
        ("<r>\n<x></y></r>", r"a\.xml:2: is not XML: mismatched tag"),
        ("<r>\n<x>", r"a\.xml:2: is not XML: no element found"),
        ("<r><x>\x00</x></r>", "is not XML"),
        (b"<r><x>\xff</x></r>", "is not XML: not well-formed"),
        ('<?xml version="1.0" encoding="klingon"?><r/>', "is not XML: unknown encoding: klingon"),
        ("<r>&lol;</r>", "is not XML: undefined entity"),
        ("<s/>", r"expected <r> around everything, found <s>"),
        ("<r>" + "<x>" * 100_000, "nests more than 32 elements inside each other"),
        ("<!DOCTYPE r><r/>", r"has a document type \(<!DOCTYPE\), which is refused"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        list(elements(written(tmp_path / "a.xml", text), "r", {"x"}))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere\.xml: cannot be read: No such file"):
        list(elements(tmp_path / "nowhere.xml", "r", set()))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r><x>&l11;</x></r>'
THEFT = '<!DOCTYPE r [<!ENTITY secret SYSTEM "secret.txt">]><r><x>&secret;</x></r>'
OUTSIDE = '<!DOCTYPE r SYSTEM "secret.txt"><r><x/></r>'
READ_IT = """
import resource, sys
from pathlib import Path
from wildwear.datasets.formats.xml_documents import elements
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
try:
    print([element.text for element in elements(Path("a.xml"), "r", {"x"})])
except Exception as error:
    # Not ru_maxrss, which a process inherits from the one that started it.
    peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
    print(type(error).__name__, error, *peak)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux to tell memory")
@pytest.mark.parametrize("document", [BOMB, THEFT, OUTSIDE])
def test_a_document_with_entities_costs_nothing_and_reads_no_file(tmp_path: Path, document: str) -> None:
    (tmp_path / "secret.txt").write_text("swordfish")
    written(tmp_path / "a.xml", document)
    done = subprocess.run(
        [sys.executable, "-c", READ_IT], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("DatasetError a.xml: has a document type")
    assert "swordfish" not in done.stdout
    assert int(done.stdout.split()[-1]) < 500_000  # KiB: what importing takes


def test_a_long_document_is_not_held(tmp_path: Path) -> None:
    with (tmp_path / "a.xml").open("w") as file:
        file.write("<r>" + "<x>some text</x>" * 100_000)  # never ended
    stream = elements(tmp_path / "a.xml", "r", {"x"})
    assert sum(1 for _ in zip(range(50_000), stream, strict=False)) == 50_000
    with pytest.raises(DatasetError, match="no element found"):
        list(stream)


@pytest.mark.parametrize(
    ("text", "name"), [('<?xml version="1.0"?>\n<!-- a -->\n<r a="b">', "r"), ("{}", None), ("", None)]
)
def test_the_root_is_told_without_parsing(tmp_path: Path, text: str, name: str | None) -> None:
    assert root_name(written(tmp_path / "a.xml", text)) == name

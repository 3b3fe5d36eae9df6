"""The site: its links lead somewhere, the commands it names are there, and it is built without a warning."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from typer.main import get_command

from documentation import BESIDE, DOCS, PAGES, ROOT, blocks, help_examples, made_by, name_of, notebook
from wildwear.cli.app import app

INLINE = re.compile(r"`(wildwear [^`|]+)`")
LINK = re.compile(r"(?<!`)\]\(([^)\s]+)\)")
LARGEST = 150_000  # bytes of a picture


def mentioned() -> list[tuple[str, str]]:
    """Commands that a page names without their being run, in sentences and consoles, and where it does."""
    found = []
    for page in [*PAGES, *BESIDE]:
        text = page.read_text(encoding="utf-8")
        prose = re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.M | re.S)
        found += [(name_of(page), " ".join(typed.split())) for typed in INLINE.findall(prose)]
        found += [(name_of(page), typed) for typed in re.findall(r"^ *\$ (wildwear [^|>\n]+)", text, re.M)]
    return found


def test_every_command_that_a_sentence_names_is_there_with_its_options() -> None:
    program = get_command(app)
    for where, typed in mentioned():
        command, words = program, typed.split()[1:]
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        if words and not words[0].startswith(("-", "COMMAND")) and hasattr(command, "commands"):
            raise AssertionError(f"{where}: `{typed}`: there is no {words[0]!r}")
        there = {
            option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        options = {word.split("=")[0] for word in words if re.match(r"--\w", word)}
        assert options <= there | {"--help", "--install-completion"}, f"{where}: `{typed}`"


def anchors(page: Path) -> set[str]:
    """What may follow the # in a link to a page: its headings, as GitHub and the site spell them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, *BESIDE], ids=name_of)
def test_every_link_of_a_page_leads_to_what_is_there(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("http"):
            assert target.startswith(("https://", "http://127.0.0.1")), target
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_every_picture_is_on_a_page_and_loads_at_once() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (DOCS / "pictures").iterdir():
        assert f"pictures/{picture.name})" in text
        assert picture.stat().st_size < LARGEST


def test_the_reference_has_every_command_with_an_example() -> None:
    text = made_by("commands").reference()
    words = [" ".join(typed) for typed, command in made_by("commands").commands()]
    assert len(words) > 40
    assert all(f" {name}\n" in text for name in words)
    assert all(f"$ {example}" in text for example in help_examples())


def test_every_tutorial_is_a_notebook_that_holds_all_that_is_typed() -> None:
    tutorials = set(DOCS.glob("tutorial-*.md"))
    assert tutorials < set(made_by("notebook").PAGES)
    for page in tutorials:
        book = notebook(page)
        nbformat.validate(book)
        code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
        typed = [block.text for block in blocks(page) if block.language in ("python", "bash") or block.title]
        assert all(text in code for text in typed if "wildwear annotate " not in text)
        assert "wildwear annotate " not in code  # a page waits for Ctrl-C, and the cells below with it


def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="the extra docs is not installed")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr.replace("NO_MKDOCS_2_WARNING", "")

"""Pages as notebooks: a page's text, its Python and its commands, a cell each.

Run: python docs/notebook.py docs/python.md python.ipynb
"""

import re
import sys
from pathlib import Path

import nbformat

HERE = Path(__file__).parent
PAGES = [HERE / f"{name}.md" for name in ("python", "tutorial-holiday", "tutorial-model", "tutorial-shop")]
"""The pages that are notebooks as well; the site has them in `notebooks/`."""

BLOCK = re.compile(r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.M | re.S)
WAITS = re.compile(r"^wildwear (annotate|serve|data view) ", re.M)  # goes on until Ctrl-C: for a terminal


def notebook(page: Path) -> nbformat.NotebookNode:
    """A page as a notebook that nobody has run yet."""
    page_text = page.read_text(encoding="utf-8")
    cells, end = [], 0
    for block in BLOCK.finditer(page_text):
        if code := code_of(**block.groupdict()):
            cells += [text_cell(page_text[end : block.start()]), nbformat.v4.new_code_cell(code.rstrip())]
            end = block.end()
    cells.append(text_cell(page_text[end:]))
    return nbformat.v4.new_notebook(cells=[cell for cell in cells if cell.source])


def text_cell(text: str) -> nbformat.NotebookNode:
    """What stands between two blocks."""
    return nbformat.v4.new_markdown_cell(text.strip())


def code_of(language: str, title: str | None, text: str) -> str | None:
    """What a block is in a cell that runs; None: it is there to be read."""
    if title:
        return f"%%writefile {title}\n{text}"
    if language == "bash" and not WAITS.search(text):
        return f"%%bash\n{text}"
    return text if language == "python" else None


if __name__ == "__main__":
    nbformat.write(notebook(Path(sys.argv[1])), sys.argv[2])

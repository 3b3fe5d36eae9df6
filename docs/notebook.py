"""docs/python.md as a notebook: its text and its Python blocks, a cell each.

Run: python docs/notebook.py python.ipynb
"""

import re
import sys
from pathlib import Path

import nbformat

PAGE = Path(__file__).with_name("python.md")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def notebook() -> nbformat.NotebookNode:
    """The page as a notebook that nobody has run yet."""
    parts = BLOCK.split(PAGE.read_text(encoding="utf-8"))  # text and code in turn
    cells = [
        (nbformat.v4.new_code_cell if place % 2 else nbformat.v4.new_markdown_cell)(part.strip())
        for place, part in enumerate(parts)
    ]
    return nbformat.v4.new_notebook(cells=cells)


if __name__ == "__main__":
    nbformat.write(notebook(), sys.argv[1])

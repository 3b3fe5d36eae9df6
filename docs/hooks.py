"""What the site has beside the pages in this folder: the reference of every command, pages that lie elsewhere
in the repository, and notebooks. mkdocs calls these functions by their names."""

import re
from pathlib import Path
from typing import Any

import nbformat
from commands import reference
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from notebook import PAGES, notebook

ROOT = Path(__file__).parents[1]
ELSEWHERE = {
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
}
"""Pages that lie where readers of the repository look for them, and their names on the site."""

NO_PAGE = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#|[\w-]+\.md)[^)]+\)")  # a link to a script, a folder


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made: pages by their text, notebooks as files."""
    files.append(File.generated(config, "commands.md", content=reference()))
    for path, name in ELSEWHERE.items():
        files.append(File.generated(config, name, content=carried(ROOT / path)))
    for page in PAGES:
        content = nbformat.writes(notebook(page))
        files.append(File.generated(config, f"notebooks/{page.stem}.ipynb", content=content))
    return files


def carried(path: Path) -> str:
    """A page of the repository, its links as they are on the site; what has no page there is text."""
    text = re.sub(r"\]\((\.\./)?docs/", "](", path.read_text(encoding="utf-8"))
    return NO_PAGE.sub(r"\1", to_the_site(text))


def to_the_site(text: str) -> str:
    """Links to the pages that lie elsewhere, as links within the site."""
    for path, name in ELSEWHERE.items():
        text = re.sub(rf"\]\((\.\./)?{re.escape(path)}", f"]({name}", text)
    return text


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Lead links within the site, offer the notebook of a page that is one, give the first page all room."""
    if page.is_homepage:
        page.meta["hide"] = ["navigation", "toc"]
    name = Path(page.file.src_uri).stem
    if page.file.src_uri in {one.name for one in PAGES}:
        markdown += f"\n\nThis page is a notebook as well: [{name}.ipynb](notebooks/{name}.ipynb).\n"
    return to_the_site(markdown)

"""The pages of the documentation, and what stands on them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BESIDE = [
    ROOT / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")
]
FENCE = re.compile(r'^```(?P<language>\w*)(?: +title="(?P<title>[^"]+)")?$')
NOT_RUN = re.compile(r"^<!-- not run: (?P<why>.+) -->$")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it begins ("README.md:12"), its language, its text."""

    where: str
    language: str
    title: str | None
    text: str
    not_run: str | None


def name_of(page: Path) -> str:
    """README.md, docs/segment.md."""
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> Iterator[Block]:
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
    not_run = None
    for number, line in lines:
        if fence := FENCE.match(line):
            text = []
            for _, inside in lines:
                if inside == "```":
                    break
                text.append(inside)
            where = f"{name_of(page)}:{number}"
            yield Block(where, fence["language"], fence["title"], "\n".join(text), not_run)
            not_run = None
        elif line:
            reason = NOT_RUN.match(line)
            not_run = reason["why"] if reason else None


def commands(text: str) -> list[str]:
    """The commands of a bash block, continued lines joined, comments left out."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def help_examples() -> list[str]:
    """The `Example: …` lines in the docstrings of the commands, but for those that a page runs as well."""
    on_pages = {line for page in PAGES for block in blocks(page) for line in commands(block.text)}
    examples: list[str] = []
    for module in sorted((ROOT / "src" / "wildwear" / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                examples += re.findall(r"^Example: (wildwear .+)$", ast.get_docstring(node) or "", re.M)
    return [command for command in examples if command not in on_pages]


def made_by(script: str) -> Any:
    """A script of the folder docs/, as a module."""
    spec = spec_from_file_location(script, DOCS / f"{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def notebook(page: Path) -> Any:
    """A page, a cell a block."""
    return made_by("notebook").notebook(page)

"""The keys of the page are those of its documentation."""

import re
from pathlib import Path

import wildwear.annotation

KEYS = Path(wildwear.annotation.__file__).parent / "page" / "keys.js"
DOCS = Path(__file__).parents[3] / "docs" / "annotate.md"
ROW = re.compile(r'^    \["(.+?)", (?:"\w+"|null), "(.+)"\],$', re.MULTILINE)


def test_the_docs_say_what_every_key_does() -> None:
    rows = ROW.findall(KEYS.read_text(encoding="utf-8"))
    assert len(rows) > 50
    docs = DOCS.read_text(encoding="utf-8")
    assert [key for key, does in rows if f"| `{key}` | {does} |" not in docs] == []

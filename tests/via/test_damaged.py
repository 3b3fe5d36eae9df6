"""Whatever a damaged project holds, a verb does its work or says what is wrong; it never breaks."""

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_via_projects import document, hats, photo, region, written
from wildwear.errors import WildwearError
from wildwear.via import Project, check, drop_empty, merge, progress, save, split

ODD: list[Any] = [
    None,
    True,
    -1,
    1.5,
    2**70,
    "",
    "0",
    "\ud800",
    [],
    [[1]],
    {},
    {"0": {}},
    {"name": []},
    [{}, 3],
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every object and list with each of its keys and places."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in [*inner]:
        yield value, key
        yield from places(below)


@settings(max_examples=300)
@given(data=st.data())
def test_no_damage_breaks_a_verb(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    content = document(
        photo("a.jpg", region(clothing="1", instance="1"), people={"0": True}), *hats("b.jpg"), photo("c.jpg")
    )
    sound = Project.read(written(folder, content, "sound.json"))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from([*places(content)]))
        holder[key] = deepcopy(data.draw(st.sampled_from(ODD)))
    (folder / "damaged.json").write_text(json.dumps(content))
    try:
        damaged = Project.read(folder / "damaged.json")
    except WildwearError:
        return
    check(damaged, [damaged.attribute(None)])
    progress(damaged, "clothing", target=3)
    made = [drop_empty(damaged)[0]]
    with suppress(WildwearError):
        made += split(damaged, val=1).values()
    for pair in ([sound, damaged], [damaged, sound]):
        with suppress(WildwearError):
            made.append(merge(pair, "both").project)
    for number, project in enumerate(made):
        with suppress(WildwearError):
            save({Path(folder / f"{number}.json"): project}, [damaged])
            Project.read(folder / f"{number}.json")

"""The annotation page as a person has it before them: a server that can be killed, a hand that draws."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
from shapely import Point, Polygon

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COMMAND = [sys.executable, "-c", "from wildwear.cli.app import main; main()", "annotate"]

expect.set_options(timeout=60_000)  # milliseconds: a busy machine is no fault of the page

# What is on every photo, in plain colours on grey; 300 × 400 px.
SHIRT, SKIRT = [(100, 60), (200, 60), (200, 180), (100, 180)], [(90, 181), (210, 181), (210, 330), (90, 330)]


class Serving:
    """`wildwear annotate` as a process of its own.

    Attributes:
        address: of the page, with its token.
        taken: how many photos tests have.
    """

    def __init__(self, project: Path, *photos: Path, model: str = "none") -> None:
        named = map(str, photos)
        options = ["--project", str(project), "--model", model, "--author", "Ann", "--no-browser"]
        self.command = [*COMMAND, *named, *options]
        self.taken = 0
        self.start()

    def start(self) -> None:
        """Answer, at the address that it had before."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = next(re.search(r"http://\S+", line) for line in self.process.stdout if "http://" in line)
        assert found
        self.address = found[0]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def photo(self) -> int:
        """The number of a photo that no other test has."""
        self.taken += 1
        return self.taken

    def standing(self, photo: int) -> Any:
        """The work on a photo, as the server has it."""
        address, token = self.address.split("?token=")
        headers = {"X-Wildwear-Token": token}
        with urllib.request.urlopen(
            urllib.request.Request(f"{address}api/photos/{photo}", headers=headers)
        ) as answer:
            return json.load(answer)["work"]


class Hand:
    """Mouse, keys and eyes on one page.

    Places are pixels of the photo.
    """

    def __init__(self, page: "Page") -> None:
        self.page = page

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        found: list[float] = self.page.evaluate(
            "([x, y]) => { const at = new DOMPoint(x, y).matrixTransform("
            "document.getElementById('world').getScreenCTM()); return [at.x, at.y]; }",
            [x, y],
        )
        return found[0], found[1]

    def click(self, x: float, y: float, *, keys: str = "") -> None:
        if keys:
            self.page.keyboard.down(keys)
        self.page.mouse.click(*self.on_screen(x, y))
        if keys:
            self.page.keyboard.up(keys)

    def drag(self, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*self.on_screen(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.on_screen(*place), steps=6)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def outline(self, places: list[tuple[int, int]], name: str) -> None:
        """Draw an outline by its corners, and type a name."""
        self.press("p")
        for place in places:
            self.click(*place)
        self.press("Enter")
        self.page.keyboard.type(name)
        self.press("Enter")

    def saved(self) -> None:
        """Wait until the page says so."""
        expect(self.page.locator("#saved")).to_have_text("All saved")

    def garments(self) -> list[str]:
        """As the list has them, the top layer first."""
        return [one.split("\n")[0] for one in self.page.locator("#instances .pick").all_inner_texts()]

    @classmethod
    def at(cls, browser: "Browser", address: str, photo: int, **options: Any) -> "Hand":
        """At a page with a photo on it."""
        page = browser.new_context(viewport={"width": 1280, "height": 800}, **options).new_page()
        page.goto(f"{address}&photo={photo}")
        expect(page.locator("#photo-name")).to_have_text(re.compile("png"))
        return cls(page)

    def leave(self) -> None:
        self.page.context.close()


def points(instance: Any) -> int:
    """How many vertices an instance has."""
    return sum(len(ring) for part in instance["parts"] for ring in part)


def area(instance: Any) -> float:
    """Of an instance, in square pixels."""
    return sum(Polygon(part[0], part[1:]).area for part in instance["parts"])


def contains(instance: Any, x: float, y: float) -> bool:
    """Whether a place lies in an instance."""
    return any(Polygon(part[0], part[1:]).contains(Point(x, y)) for part in instance["parts"])

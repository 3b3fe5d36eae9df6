"""How long the gallery of a large run takes to open and to filter in a browser.

No photo is segmented: a run of as many photos as asked for is made, its garments drawn by lot, and its page
opened in a window of a desktop and in one of a phone, in a fresh Chromium each time.

Run: python benchmarks/gallery.py [--photos 3000] [--rounds 5] [--chromium chromium]
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from contest import claim, spread
from wildwear.inference.segmenting import Record
from wildwear.inference.writers.gallery import write_gallery
from wildwear.reporting import webp
from wildwear.taxonomy import CATEGORIES, Category

SIZE = (900, 600)  # of every photo, pixels
THUMBNAIL = (384, 256)  # likewise, of its small picture
MOST_GARMENTS = 6  # a photo
WINDOWS = {"desktop": (1280, 900), "phone": (390, 844)}
OPEN = "open"
MOST = {OPEN: 2_000, "filter": 200}  # milliseconds, that a reader should wait
PATIENCE = 120  # seconds, for a browser

NOTES = """\
ms: median (quartiles) of the rounds. open: from the address to the first photos laid out. The others: from
the touch to the photos laid out anew. Painting comes after both, and pictures as they are ready.
"""

ACTIONS = {
    "score": '$("score").value = 0.8; $("score").dispatchEvent(new Event("input"));',
    "category": 'document.querySelectorAll("#categories input")[0].click();',
    "a second one": 'document.querySelectorAll("#categories input")[3].click();',
    "search": '$("text").value = "black"; $("text").dispatchEvent(new Event("input"));',
    "clear": '$("clear").click();',
    "sort": '$("sort").value = "largest"; $("sort").dispatchEvent(new Event("change"));',
}
MEASURING = """<script>
const took = {};
const laidOut = (name, since) => {
  document.body.getBoundingClientRect();
  took[name] = performance.now() - since;
};
laidOut("open", 0);
const timed = (name, act) => { const since = performance.now(); act(); laidOut(name, since); };
addEventListener("load", () => {
  ACTIONS
  document.body.append(make("pre", { id: "took" }, JSON.stringify(took)));
});
</script>"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The gallery of a large run in Chromium.")
    parser.add_argument("--photos", type=int, default=3_000, help="of the run that is made")
    parser.add_argument("--rounds", type=int, default=5, help="in which each page is opened once")
    parser.add_argument("--chromium", default="chromium", help="the browser's command")
    arguments = parser.parse_args()
    took: dict[str, list[dict[str, float]]] = {window: [] for window in WINDOWS}
    with TemporaryDirectory() as folder:
        page = made_page(Path(folder), arguments.photos)
        title = f"A gallery of {arguments.photos:,} photos: one page of {page.stat().st_size / 1e6:.1f} MB"
        for done in range(arguments.rounds):
            print(f"round {done + 1} of {arguments.rounds}", file=sys.stderr)
            for window, size in WINDOWS.items():
                took[window].append(measured(page, size, arguments.chromium))
    show(took, title)


def made_page(folder: Path, photos: int) -> Path:
    """Write the gallery of a made run into a folder, with its thumbnails, and into it what measures it."""
    picture = webp(np.random.default_rng(0).integers(0, 255, (*THUMBNAIL, 3), dtype=np.uint8))
    (folder / "thumbnails").mkdir()
    for number in range(photos):
        (folder / "thumbnails" / f"{number}.webp").write_bytes(picture)
    page = folder / "gallery.html"
    write_gallery(page, lambda: made_records(photos), model="made", shown_from="0.35")
    acts = "".join(f"timed({json.dumps(name)}, () => {{ {act} }});" for name, act in ACTIONS.items())
    text = re.sub(
        r"<meta http-equiv[^>]*>", "", page.read_text(encoding="utf-8")
    )  # its policy forbids our script
    page.write_text(text.replace("</body>", MEASURING.replace("ACTIONS", acts) + "</body>"), encoding="utf-8")
    return page


def made_records(photos: int) -> Iterator[Record]:
    """Photos with up to six garments each, of any category, score and size."""
    chance = np.random.default_rng(0)
    for number in range(photos):
        kinds = chance.choice(np.array(CATEGORIES), chance.integers(MOST_GARMENTS + 1), replace=False)
        name = f"street/{number:06d}"
        yield Record(
            photo=f"{name}.jpg",
            size=SIZE,
            garments=[made_garment(kind, chance) for kind in kinds],
            name=name,
            overlay=f"overlays/{name}.jpg",
            cutouts=[f"cutouts/{name}_{place:02d}.png" for place in range(1, len(kinds) + 2)],
            thumbnail=f"thumbnails/{number}.webp",
        )


def made_garment(kind: Category, chance: np.random.Generator) -> dict[str, object]:
    """A garment of this category, with one runner-up and two colours."""
    colours = [{"name": name, "hex": "#202428", "share": 0.5} for name in ("black", "grey")]
    return {
        "category_id": kind.id,
        "score": round(chance.uniform(0.35, 1), 4),
        "area": int(chance.integers(1, SIZE[0] * SIZE[1])),
        "alternatives": [{"category_id": 1 + kind.id % len(CATEGORIES), "probability": 0.1}],
        "colours": colours,
    }


def measured(page: Path, window: tuple[int, int], chromium: str) -> dict[str, float]:
    """What a fresh browser says of the page: milliseconds by what was done."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *(f"--user-data-dir={profile}", "--window-size={},{}".format(*window)),
                *("--dump-dom", page.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    [said] = re.findall(r'<pre id="took">(.*?)</pre>', done.stdout, re.S)
    took: dict[str, float] = json.loads(unescape(said))
    return took


def show(took: dict[str, list[dict[str, float]]], title: str) -> None:
    """Print a line for each thing done, and whether a reader waits too long."""
    print(f"{title}\n{'ms':18}" + "".join(f"{window:>22}" for window in took))
    for name in (OPEN, *ACTIONS):
        cells = [spread([one[name] for one in rounds], 0) for rounds in took.values()]
        print(f"{name:18}" + "".join(f"{cell:>22}" for cell in cells))
    slowest = {OPEN: [OPEN], "filter": list(ACTIONS)}
    for what, names in slowest.items():
        longest = max(np.median([one[name] for one in rounds]) for rounds in took.values() for name in names)
        of_all = [one[name] for rounds in took.values() for name in names for one in rounds]
        claim(f"a gallery, {what}, ms", spread(of_all, 0), met=bool(longest < MOST[what]))
        print(
            f"{what} under {MOST[what]:,} ms: {'yes' if longest < MOST[what] else 'NO'} ({longest:,.0f} ms)"
        )
    print(NOTES)


if __name__ == "__main__":
    main()

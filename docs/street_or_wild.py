"""The pictures of docs/street-or-wild.md, from the folder of `wildwear experiment street-wild-both`.

Run: python docs/street_or_wild.py street-wild-both
"""

import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib import pyplot
from pictures import HOPPER, PICTURES, collect, row, run, save

ARMS = ("street", "wild", "both", "union")
COLOURS = dict(zip(ARMS, ("#3b6fb6", "#3c9a5f", "#c77d2e", "#8a5fb0"), strict=True))
Row = tuple[str, str, float, tuple[float, float]]  # test set, arm, mask AP, its interval


def main(experiment: Path) -> None:
    """Draw both anew."""
    draw(rows((experiment / "report.md").read_text(encoding="utf-8")))
    portraits(experiment.resolve() / "runs")


def rows(report: str) -> list[Row]:
    """What the table of a report says, in its order."""
    found = []
    for line in report.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 4 and cells[1] in ARMS:
            low, high = (float(end) for end in cells[4].strip("[]").split(","))
            found.append((cells[0], cells[1], float(cells[3]), (low, high)))
    return found


def draw(table: list[Row]) -> None:
    """A panel a test set: AP of each arm, and its interval."""
    tests = list(dict.fromkeys(test for test, *_ in table))
    figure, panels = pyplot.subplots(1, len(tests), figsize=(11, 2.6), sharey=True, layout="constrained")
    for panel, test in zip(panels, tests, strict=True):
        for place, (_, arm, ap, (low, high)) in enumerate(one for one in table if one[0] == test):
            panel.errorbar(ap, -place, xerr=[[ap - low], [high - ap]], fmt="o", color=COLOURS[arm], capsize=3)
            panel.annotate(f"{ap:.3f}", (ap, -place), (0, 6), textcoords="offset points", ha="center")
        panel.set_title(test.split(" (")[0], fontsize=10)
        panel.set_yticks([-place for place in range(len(ARMS))], ARMS)
        panel.set_ylim(-len(ARMS) + 0.5, 0.6)
        panel.set_xlim(left=0)
        panel.grid(axis="x", alpha=0.3)
    figure.supxlabel("mask AP, mean of the seeds, and its 95 % interval", fontsize=9)
    figure.savefig(PICTURES / "street-or-wild.svg")
    pyplot.close(figure)


def portraits(runs: Path) -> None:
    """One portrait, in the public domain, as a model of each arm sees it."""
    with TemporaryDirectory() as work, chdir(work):
        collect([HOPPER], Path("portrait"))
        for arm in ARMS:
            run("segment", "portrait", "--model", runs / f"{arm}-1" / "model.onnx", "--out", arm)
        save(row([Path(arm, "overlays", f"{HOPPER.stem}.jpg") for arm in ARMS]), "street-or-wild-portrait")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
